"""The rules, one module each: pure ones by example and property, services by what they leave in the books."""
