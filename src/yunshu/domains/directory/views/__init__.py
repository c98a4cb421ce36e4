"""The directory's pages: organisations, people, access, calendar, operating."""
