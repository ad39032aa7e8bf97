"""tfsync changes AKS clusters in place where Terraform would destroy and recreate them."""

__version__ = "0.1.0"
