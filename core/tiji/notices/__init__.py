"""What officers are told of: in the application, and by mail to who wants it."""
