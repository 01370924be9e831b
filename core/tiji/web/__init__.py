"""The web face: what a browser, a load balancer and a scraper see of Tiji."""
