"""Widgets in a real browser: one Chromium, one JupyterLab on one page and, but for a chapter, one kernel for all."""
