"""What can be asked for: small frozen values whose key names the artifact that answers them."""
