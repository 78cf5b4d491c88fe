"""Many organisations in which much happened, written by COPY: for measuring, not for show."""
