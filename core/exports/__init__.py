"""What annotation tools and libraries export, as tables whose columns have roles."""
