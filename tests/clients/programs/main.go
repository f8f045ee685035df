// By the client that openapi-generator makes for Go (net/http).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	frontdesk "example.com/frontdesk"
)

func main() {
	configuration := frontdesk.NewConfiguration()
	configuration.Servers = frontdesk.ServerConfigurations{{URL: os.Getenv("URL")}}
	client := frontdesk.NewAPIClient(configuration)
	asking := context.WithValue(context.Background(), frontdesk.ContextAccessToken, os.Getenv("TOKEN"))
	organization, room := os.Getenv("ORGANIZATION"), os.Getenv("ROOM")

	booking := frontdesk.NewBookingConfig(
		frontdesk.BookingConfigResourceId{String: &room},
		map[string]int32{os.Getenv("SERVICE"): 1}, os.Getenv("START"), os.Getenv("END"),
	)
	config := frontdesk.NewOrderConfig([]frontdesk.BookingConfig{*booking})
	placed, _, err := client.OrdersAPI.PlaceOrder(asking).OrderConfig(*config).O(organization).Execute()
	must(err)
	number := placed.Data.Attributes.Number
	page, _, err := client.OrdersAPI.ListOrders(asking).FilterSearch(number).Include([]string{"bookings"}).O(organization).Execute()
	must(err)
	listed := []string{}
	for _, order := range page.Data {
		listed = append(listed, order.Id)
	}

	_, _, err = client.OrdersAPI.PlaceOrder(asking).OrderConfig(*config).O(organization).Execute()
	var refused *frontdesk.GenericOpenAPIError
	if !errors.As(err, &refused) {
		panic("placed twice")
	}
	problem := refused.Model().(frontdesk.Errors).Errors[0]
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"id": placed.Data.Id, "number": number, "total": placed.Data.Attributes.Total, "listed": listed,
		"included": page.Included[0].Type, "code": problem.Code, "pointer": problem.Source.Pointer,
	}))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
