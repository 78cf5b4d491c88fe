"""What `make demo` and `make up` run: servers, product and mail, from one command."""
