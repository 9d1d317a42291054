# Workers have no public addresses: they reach Google's interfaces alone, by way of this subnetwork. The
# image has all that they need.

resource "google_compute_network" "workers" {
  name                    = "suzgi-workers"
  auto_create_subnetworks = false

  depends_on = [google_project_service.used]
}

resource "google_compute_subnetwork" "workers" {
  # checkov:skip=CKV_GCP_26:workers talk to Google and to each other alone; flow logs would cost more than they tell
  # checkov:skip=CKV_GCP_76:there is no IPv6 in it
  name                     = "suzgi-workers"
  network                  = google_compute_network.workers.id
  region                   = var.region
  ip_cidr_range            = "10.64.0.0/20" # 4,092 workers
  private_ip_google_access = true
}

# https://cloud.google.com/dataflow/docs/guides/routes-firewall: workers pass on data at these ports.
resource "google_compute_firewall" "workers" {
  name        = "suzgi-workers"
  network     = google_compute_network.workers.id
  description = "Dataflow workers among themselves"
  source_tags = ["dataflow"]
  target_tags = ["dataflow"]

  allow {
    protocol = "tcp"
    ports    = ["12345-12346"]
  }
}
