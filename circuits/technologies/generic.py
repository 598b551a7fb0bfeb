"""The generic 180 nm BSIM4 card: our own numbers, no foundry's data."""
