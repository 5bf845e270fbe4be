"""Social insurance that moves whole."""
