"""Pictures of the report page and captures of commands, for the documentation."""
