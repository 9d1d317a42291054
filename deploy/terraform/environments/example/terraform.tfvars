# Copy this folder and change the values; terraform apply -var-file=environments/YOURS/terraform.tfvars
project      = "example-news-prod"
region       = "europe-west3"
timezone     = "Asia/Almaty"
input_bucket = "example-news-pages"
image_tag    = "0.1.0"
alert_emails = ["news-team@example.com"]
