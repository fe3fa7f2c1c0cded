"""The pages: what a browser sees. Each page has its folder with its routes, what it shows, and its template."""
