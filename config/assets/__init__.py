"""Sources of the stylesheet and the step that builds it."""
