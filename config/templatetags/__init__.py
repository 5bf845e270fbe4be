"""Template tags of this project: ``{% load tonghui %}``."""
