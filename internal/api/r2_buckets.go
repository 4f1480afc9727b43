package api

import (
	"encoding/json"
	"time"

	"github.com/bindery-dev/bindery/internal/platform"
	"github.com/bindery-dev/bindery/internal/resources"
)

const (
	buckets    = "/accounts/{account}/r2/buckets"
	databases  = "/accounts/{account}/d1/database"
	queuesPath = "/accounts/{account}/queues"
)

// resourceRoutes are those of buckets, databases and queues.
var resourceRoutes = []route{
	{"GET", buckets, platform.Read, "", (*handler).listBuckets},
	{"POST", buckets, platform.Edit, "", (*handler).createBucket},
	{"GET", buckets + "/{bucket}", platform.Read, "", (*handler).getBucket},
	{"DELETE", buckets + "/{bucket}", platform.Edit, "", (*handler).deleteBucket},

	{"GET", databases, platform.Read, "", (*handler).listDatabases},
	{"POST", databases, platform.Edit, "", (*handler).createDatabase},
	{"GET", databases + "/{database}", platform.Read, "", (*handler).getDatabase},
	{"DELETE", databases + "/{database}", platform.Edit, "", (*handler).deleteDatabase},
	{"POST", databases + "/{database}/query", platform.Edit, "", (*handler).queryDatabase},
	{"POST", databases + "/{database}/raw", platform.Edit, "", (*handler).rawDatabase},
	{"POST", databases + "/{database}/import", platform.Edit, "", (*handler).importDatabase},
	{"POST", databases + "/{database}/export", platform.Edit, "", (*handler).exportDatabase},
	{"PUT", databaseFile, "", "", (*handler).putFile},
	{"GET", databaseFile, "", "", (*handler).getFile},

	{"GET", queuesPath, platform.Read, "", (*handler).listQueues},
	{"POST", queuesPath, platform.Edit, "", (*handler).createQueue},
	{"GET", queuesPath + "/{queue}", platform.Read, "", (*handler).getQueue},
	{"DELETE", queuesPath + "/{queue}", platform.Edit, "", (*handler).deleteQueue},
	{"GET", queuesPath + "/{queue}/consumers", platform.Read, "", (*handler).listConsumers},
	{"POST", queuesPath + "/{queue}/consumers", platform.Edit, "", (*handler).createConsumer},
	{"PUT", queuesPath + "/{queue}/consumers/{consumer}", platform.Edit, "", (*handler).putConsumer},
	{"DELETE", queuesPath + "/{queue}/consumers/{consumer}", platform.Edit, "", (*handler).deleteConsumer},

	{"POST", "/graphql", "", "", (*handler).graphql},
}

type wireBucket struct {
	Name         string    `json:"name"`
	Created      time.Time `json:"creation_date"`
	Location     string    `json:"location"`
	StorageClass string    `json:"storage_class"`
	Jurisdiction string    `json:"jurisdiction"`
}

// bucketSettings is what a client may choose, and what is kept of it.
type bucketSettings struct {
	Location     string `json:"locationHint,omitempty"`
	StorageClass string `json:"storageClass,omitempty"`
	Jurisdiction string `json:"jurisdiction,omitempty"`
}

func newBucket(b resources.Resource) wireBucket {
	var s bucketSettings
	_ = json.Unmarshal(b.Settings, &s) // ours
	return wireBucket{Name: b.Name, Created: b.Created, Location: orElse(s.Location, "WEUR"), StorageClass: orElse(s.StorageClass, "Standard"), Jurisdiction: orElse(s.Jurisdiction, "default")}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (h *handler) listBuckets(c *call) error {
	all, err := h.resources.List(c.r.Context(), c.account, resources.Bucket)
	if err != nil {
		return err
	}
	answer := struct {
		Buckets []wireBucket `json:"buckets"`
	}{[]wireBucket{}}
	for _, b := range all {
		answer.Buckets = append(answer.Buckets, newBucket(b))
	}
	return c.ok(answer)
}

func (h *handler) createBucket(c *call) error {
	var body struct {
		Name string `json:"name"`
		bucketSettings
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	body.Jurisdiction = c.r.Header.Get("cf-r2-jurisdiction")
	settings, _ := json.Marshal(body.bucketSettings) // strings
	b, err := h.resources.Create(c.r.Context(), c.account, resources.Bucket, body.Name, settings)
	if err != nil {
		return ofKind(err)
	}
	return c.ok(newBucket(b))
}

func (h *handler) getBucket(c *call) error {
	b, err := h.resources.Get(c.r.Context(), c.account, resources.Bucket, c.item)
	if err != nil {
		return ofKind(err)
	}
	return c.ok(newBucket(b))
}

func (h *handler) deleteBucket(c *call) error {
	ctx := c.r.Context()
	b, err := h.resources.Get(ctx, c.account, resources.Bucket, c.item)
	if err != nil {
		return ofKind(err)
	}
	err = h.objects.Delete(ctx, c.account, b.Name, func() error {
		return ofKind(h.resources.Delete(ctx, c.account, resources.Bucket, b.ID))
	})
	if err != nil {
		return ofBucket(err)
	}
	return c.ok(struct{}{})
}
