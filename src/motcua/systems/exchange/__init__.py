"""The data exchange's control plane and its events: who may ask whom for what, and what happened then."""
