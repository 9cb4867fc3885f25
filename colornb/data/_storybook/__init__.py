"""The drawing of storybook pages, from colours up to whole pages."""
