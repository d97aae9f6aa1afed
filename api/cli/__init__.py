"""The console command ``lotwright``: one module per subcommand."""
