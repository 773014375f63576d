"""The citizen's pages, by what people do on them."""
