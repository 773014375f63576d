"""What the sandbox servers accept. They guard made-up data on one's own machine, so these are no secrets."""

CLIENT = "VN/PROVINCE/H55/MOTCUA"
USER = "motcua"
SECRET = "bi-mat-thu-nghiem"
API_KEY = "khoa-thu-nghiem"
SYSTEM_ID = "000.00.00.H55"
PARTNER = "H55"
