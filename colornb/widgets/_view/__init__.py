"""What is on the page: canvases, overlays, controls and panels; they show what they are told and report events."""
