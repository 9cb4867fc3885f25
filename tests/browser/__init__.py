"""Widgets in a real browser: one Chromium, one JupyterLab on one page and one kernel for all."""
