"""A city at work while one fault after the other strikes, and a control arm that has to be caught losing work."""
