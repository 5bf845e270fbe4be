"""Payment orders out, bank statements in, and which entry answers which payment. Pure: values in, values out."""
