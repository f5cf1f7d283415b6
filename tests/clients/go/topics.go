package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"
)

func notifications() *sns.Client {
	return sns.New(sns.Options{
		BaseEndpoint:     aws.String(os.Getenv("AWS_ENDPOINT_URL")),
		Credentials:      credentials.NewStaticCredentialsProvider("test", "test", ""),
		Region:           "us-east-1",
		RetryMaxAttempts: 1,
	})
}

func subscribe(ctx context.Context, client *sns.Client, topic, protocol, endpoint string) (string, error) {
	made, err := client.Subscribe(ctx, &sns.SubscribeInput{
		TopicArn:              &topic,
		Protocol:              &protocol,
		Endpoint:              &endpoint,
		ReturnSubscriptionArn: true,
	})
	if err != nil {
		return "", err
	}
	return *made.SubscriptionArn, nil
}

// topic: made with tags, subscribed, published to with attributes, and deleted.
func topic(s session, given options) (seen, error) {
	client := notifications()
	made, err := client.CreateTopic(s, &sns.CreateTopicInput{
		Name:       &given.Name,
		Attributes: map[string]string{"DisplayName": "Orders"},
		Tags:       []types.Tag{{Key: aws.String("team"), Value: aws.String("orders")}},
	})
	if err != nil {
		return nil, err
	}
	arn := *made.TopicArn
	subscription, err := subscribe(s, client, arn, "sqs", given.Arn)
	if err != nil {
		return nil, err
	}
	_, err = client.SetSubscriptionAttributes(s, &sns.SetSubscriptionAttributesInput{
		SubscriptionArn: &subscription,
		AttributeName:   aws.String("RawMessageDelivery"),
		AttributeValue:  aws.String("true"),
	})
	if err != nil {
		return nil, err
	}
	sent, err := client.Publish(s, &sns.PublishInput{
		TopicArn: &arn,
		Message:  aws.String("olá 🌎"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"weight": {DataType: aws.String("Number"), StringValue: aws.String("12.50")},
			"bytes":  {DataType: aws.String("Binary"), BinaryValue: []byte{0, 1, 254, 255}},
		},
	})
	if err != nil {
		return nil, err
	}
	got, err := s.receive(given.Queue, 10, 5)
	if err != nil {
		return nil, err
	}
	shown, err := client.GetTopicAttributes(s, &sns.GetTopicAttributesInput{TopicArn: &arn})
	if err != nil {
		return nil, err
	}
	tags, err := client.ListTagsForResource(s, &sns.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return nil, err
	}
	if _, err = client.DeleteTopic(s, &sns.DeleteTopicInput{TopicArn: &arn}); err != nil {
		return nil, err
	}
	bodies := []string{}
	for _, message := range got {
		bodies = append(bodies, *message.Body)
	}
	return seen{
		"arn":        arn,
		"sent":       *sent.MessageId,
		"bodies":     bodies,
		"weight":     *got[0].MessageAttributes["weight"].StringValue,
		"attributes": shown.Attributes,
		"tag":        fmt.Sprintf("%s=%s", *tags.Tags[0].Key, *tags.Tags[0].Value),
	}, nil
}

// topicFifo: a batch of a FIFO topic, one entry of which comes twice.
func topicFifo(s session, given options) (seen, error) {
	client := notifications()
	made, err := client.CreateTopic(s, &sns.CreateTopicInput{
		Name:       aws.String(given.Name + ".fifo"),
		Attributes: map[string]string{"FifoTopic": "true", "ContentBasedDeduplication": "true"},
	})
	if err != nil {
		return nil, err
	}
	if _, err = subscribe(s, client, *made.TopicArn, "sqs", given.Arn); err != nil {
		return nil, err
	}
	entries := []types.PublishBatchRequestEntry{}
	for number, text := range []string{"a", "b", "a", "c"} {
		entries = append(entries, types.PublishBatchRequestEntry{
			Id:             aws.String(fmt.Sprint(number)),
			Message:        aws.String(text),
			MessageGroupId: aws.String("g"),
		})
	}
	sent, err := client.PublishBatch(s, &sns.PublishBatchInput{
		TopicArn:                   made.TopicArn,
		PublishBatchRequestEntries: entries,
	})
	if err != nil {
		return nil, err
	}
	return seen{"same": *sent.Successful[0].SequenceNumber == *sent.Successful[2].SequenceNumber}, nil
}

// topicPages: how many subscriptions each page of the SDK's paginator has.
func topicPages(s session, given options) (seen, error) {
	client := notifications()
	made, err := client.CreateTopic(s, &sns.CreateTopicInput{Name: &given.Name})
	if err != nil {
		return nil, err
	}
	for number := 0; number < 110; number++ {
		if _, err = subscribe(s, client, *made.TopicArn, "sms", fmt.Sprintf("+1202557%04d", number)); err != nil {
			return nil, err
		}
	}
	pages := []int{}
	paginator := sns.NewListSubscriptionsByTopicPaginator(client, &sns.ListSubscriptionsByTopicInput{
		TopicArn: made.TopicArn,
	})
	for paginator.HasMorePages() {
		page, err := paginator.NextPage(s)
		if err != nil {
			return nil, err
		}
		pages = append(pages, len(page.Subscriptions))
	}
	return seen{"pages": pages}, nil
}

// topicErrors: refusals as the SDK's types.
func topicErrors(s session, given options) (seen, error) {
	client := notifications()
	missing := "arn:aws:sns:us-east-1:000000000000:" + given.Name
	_, err := client.Publish(s, &sns.PublishInput{TopicArn: &missing, Message: aws.String("x")})
	var notFound *types.NotFoundException
	isNotFound := errors.As(err, &notFound)
	_, err = client.CreateTopic(s, &sns.CreateTopicInput{Name: aws.String("no name!")})
	var invalid *types.InvalidParameterException
	isInvalid := errors.As(err, &invalid)
	var told smithy.APIError
	errors.As(err, &told)
	return seen{"notFound": isNotFound, "invalid": isInvalid, "code": told.ErrorCode(), "message": told.ErrorMessage()}, nil
}
