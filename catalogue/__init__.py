"""What the facility holds, who may see it, how it is cited; also the Django project package."""
