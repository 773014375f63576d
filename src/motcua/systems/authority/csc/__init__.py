"""Remote signing by the API of the Cloud Signature Consortium, versions 1.0.4 and 2.0."""
