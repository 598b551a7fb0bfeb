"""From measured data to the parameters of a model, with their uncertainty."""
