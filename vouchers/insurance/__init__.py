"""Social insurance that moves whole: the rules as values in, values out. No Django here."""
