"""The pages of the studio, by what a clerk does."""
