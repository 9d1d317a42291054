// A provider that has the schemas of another and can do nothing: enough for `terraform validate`, and for
// `terraform test` with mock_provider, where the registry with the real one cannot be reached.
//
// The schemas are in the JSON file that SUZGI_PROVIDER_SCHEMA names: see provider_schema.py.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

type attribute struct {
	Type                         json.RawMessage
	Required, Optional, Computed bool
}

type nested struct {
	Nesting  string
	Min, Max int64
	Block    block
}

type block struct {
	Attributes map[string]attribute
	Blocks     map[string]nested
}

type schemas struct {
	Provider        block
	Resources, Data map[string]block
}

var nestings = map[string]tfprotov6.SchemaNestedBlockNestingMode{
	"list":   tfprotov6.SchemaNestedBlockNestingModeList,
	"set":    tfprotov6.SchemaNestedBlockNestingModeSet,
	"single": tfprotov6.SchemaNestedBlockNestingModeSingle,
}

func (b block) schema() *tfprotov6.SchemaBlock {
	made := &tfprotov6.SchemaBlock{}
	for name, each := range b.Attributes {
		kind, err := tftypes.ParseJSONType(each.Type) //nolint:staticcheck // there is no other parser
		if err != nil {
			log.Fatalf("%s: %s: %v", name, each.Type, err)
		}
		made.Attributes = append(made.Attributes, &tfprotov6.SchemaAttribute{
			Name: name, Type: kind, Required: each.Required, Optional: each.Optional, Computed: each.Computed,
		})
	}
	for name, each := range b.Blocks {
		made.BlockTypes = append(made.BlockTypes, &tfprotov6.SchemaNestedBlock{
			TypeName: name, Block: each.Block.schema(), Nesting: nestings[each.Nesting],
			MinItems: each.Min, MaxItems: each.Max,
		})
	}
	return made
}

func all(blocks map[string]block) map[string]*tfprotov6.Schema {
	made := map[string]*tfprotov6.Schema{}
	for name, each := range blocks {
		made[name] = &tfprotov6.Schema{Block: each.schema()}
	}
	return made
}

// What is not written here is asked only of a provider that does something.
type provider struct {
	tfprotov6.ProviderServer
	schemas schemas
}

var capabilities = &tfprotov6.ServerCapabilities{GetProviderSchemaOptional: true}

func (p provider) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{
		Provider:           &tfprotov6.Schema{Block: p.schemas.Provider.schema()},
		ResourceSchemas:    all(p.schemas.Resources),
		DataSourceSchemas:  all(p.schemas.Data),
		ServerCapabilities: capabilities,
	}, nil
}

func (p provider) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	return &tfprotov6.GetMetadataResponse{ServerCapabilities: capabilities}, nil
}

func (p provider) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (p provider) ValidateProviderConfig(_ context.Context, asked *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: asked.Config}, nil
}

func (p provider) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

func (p provider) ValidateDataResourceConfig(context.Context, *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{}, nil
}

func (p provider) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return nil, errors.New("this provider has schemas and can do nothing: use it with validate, and with test and mock_provider")
}

func (p provider) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func main() {
	text, err := os.ReadFile(os.Getenv("SUZGI_PROVIDER_SCHEMA"))
	if err != nil {
		log.Fatal(err)
	}
	served := provider{}
	if err := json.Unmarshal(text, &served.schemas); err != nil {
		log.Fatal(err)
	}
	err = tf6server.Serve("registry.terraform.io/hashicorp/google", func() tfprotov6.ProviderServer { return served })
	if err != nil {
		log.Fatal(err)
	}
}
