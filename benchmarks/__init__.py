"""Speed and memory of GuidingPainter's training step and of painting, beside a plain implementation of the same."""
