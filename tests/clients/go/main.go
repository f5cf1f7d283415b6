// Command consumer runs cases of the AWS SDK for Go v2: `consumer CASE '{"queue": URL, ...}'` prints what it saw as
// JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sort"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

type options struct{ Queue, Name, Prefix, Arn, URL, Key, Secret, Bucket, Package string }

type seen map[string]any

type session struct {
	context.Context
	*sqs.Client
}

var cases = map[string]func(session, options) (seen, error){
	"cycle":         cycle,
	"attributes":    attributes,
	"fifo":          fifo,
	"batch":         batch,
	"errors":        typedErrors,
	"pages":         pages,
	"wake":          wake,
	"abandon":       abandon,
	"topic":         topic,
	"topicFifo":     topicFifo,
	"topicPages":    topicPages,
	"topicErrors":   topicErrors,
	"objects":       objects,
	"manager":       transfers,
	"objectErrors":  objectErrors,
	"objectPages":   objectPages,
	"presigned":     presigned,
	"function":      function,
	"functionFails": functionFails,
}

func main() {
	var given options
	if err := json.Unmarshal([]byte(os.Args[2]), &given); err != nil {
		fail(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Second)
	defer cancel()
	client := sqs.New(sqs.Options{
		BaseEndpoint:     aws.String(os.Getenv("AWS_ENDPOINT_URL")),
		Credentials:      credentials.NewStaticCredentialsProvider("test", "test", ""),
		Region:           "us-east-1",
		RetryMaxAttempts: 1,
	})
	result, err := cases[os.Args[1]](session{ctx, client}, given)
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func (s session) send(queue, body string) error {
	_, err := s.SendMessage(s, &sqs.SendMessageInput{QueueUrl: &queue, MessageBody: &body})
	return err
}

func (s session) receive(queue string, most int32, wait int32) ([]types.Message, error) {
	got, err := s.ReceiveMessage(s, &sqs.ReceiveMessageInput{
		QueueUrl:                    &queue,
		MaxNumberOfMessages:         most,
		WaitTimeSeconds:             wait,
		MessageAttributeNames:       []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
	})
	if err != nil {
		return nil, err
	}
	return got.Messages, nil
}

func bodies(messages []types.Message) []string {
	found := []string{}
	for _, message := range messages {
		found = append(found, *message.Body)
	}
	return found
}

func cycle(s session, given options) (seen, error) {
	created, err := s.CreateQueue(s, &sqs.CreateQueueInput{
		QueueName:  &given.Name,
		Attributes: map[string]string{"VisibilityTimeout": "45"},
		Tags:       map[string]string{"team": "orders"},
	})
	if err != nil {
		return nil, err
	}
	url := created.QueueUrl
	found, err := s.GetQueueUrl(s, &sqs.GetQueueUrlInput{QueueName: &given.Name})
	if err != nil {
		return nil, err
	}
	if err := s.send(*url, "olá 🌎"); err != nil {
		return nil, err
	}
	first, err := s.receive(*url, 10, 0)
	if err != nil {
		return nil, err
	}
	_, err = s.ChangeMessageVisibility(s, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: url, ReceiptHandle: first[0].ReceiptHandle, VisibilityTimeout: 0,
	})
	if err != nil {
		return nil, err
	}
	second, err := s.receive(*url, 10, 0)
	if err != nil {
		return nil, err
	}
	_, err = s.DeleteMessage(s, &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: second[0].ReceiptHandle})
	if err != nil {
		return nil, err
	}
	shown, err := s.GetQueueAttributes(s, &sqs.GetQueueAttributesInput{
		QueueUrl: url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		return nil, err
	}
	tags, err := s.ListQueueTags(s, &sqs.ListQueueTagsInput{QueueUrl: url})
	if err != nil {
		return nil, err
	}
	_, err = s.DeleteQueue(s, &sqs.DeleteQueueInput{QueueUrl: url})
	return seen{
		"url":        url,
		"found":      found.QueueUrl,
		"bodies":     bodies(append(first, second...)),
		"count":      second[0].Attributes["ApproximateReceiveCount"],
		"attributes": shown.Attributes,
		"tags":       tags.Tags,
	}, err
}

func attributes(s session, given options) (seen, error) {
	_, err := s.SendMessage(s, &sqs.SendMessageInput{
		QueueUrl:    &given.Queue,
		MessageBody: aws.String("attributes"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"bytes":  {DataType: aws.String("Binary"), BinaryValue: []byte{0, 1, 254, 255}},
			"weight": {DataType: aws.String("Number.kg"), StringValue: aws.String("12.50")},
		},
	})
	if err != nil {
		return nil, err
	}
	messages, err := s.receive(given.Queue, 1, 0)
	if err != nil {
		return nil, err
	}
	got := messages[0].MessageAttributes
	numbers := []int{}
	for _, value := range got["bytes"].BinaryValue {
		numbers = append(numbers, int(value))
	}
	return seen{"bytes": numbers, "weight": got["weight"].StringValue, "type": got["weight"].DataType}, nil
}

func fifo(s session, given options) (seen, error) {
	numbers := []string{}
	for _, message := range [][3]string{{"a", "a1", "1"}, {"a", "a1", "1"}, {"a", "a2", "2"}, {"b", "b1", "3"}} {
		sent, err := s.SendMessage(s, &sqs.SendMessageInput{
			QueueUrl:               &given.Queue,
			MessageGroupId:         &message[0],
			MessageBody:            &message[1],
			MessageDeduplicationId: &message[2],
		})
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, *sent.SequenceNumber)
	}
	first, err := s.receive(given.Queue, 1, 0)
	if err != nil {
		return nil, err
	}
	locked, err := s.receive(given.Queue, 10, 0)
	if err != nil {
		return nil, err
	}
	_, err = s.DeleteMessage(s, &sqs.DeleteMessageInput{
		QueueUrl: &given.Queue, ReceiptHandle: first[0].ReceiptHandle,
	})
	if err != nil {
		return nil, err
	}
	unlocked, err := s.receive(given.Queue, 10, 0)
	return seen{
		"duplicate":   numbers[0] == numbers[1],
		"ascending":   sort.StringsAreSorted(numbers),
		"first":       bodies(first),
		"whileLocked": bodies(locked),
		"unlocked":    bodies(unlocked),
	}, err
}

func batch(s session, given options) (seen, error) {
	sent, err := s.SendMessageBatch(s, &sqs.SendMessageBatchInput{
		QueueUrl: &given.Queue,
		Entries: []types.SendMessageBatchRequestEntry{
			{Id: aws.String("one"), MessageBody: aws.String("1")},
			{Id: aws.String("late"), MessageBody: aws.String("2"), DelaySeconds: 901},
			{Id: aws.String("three"), MessageBody: aws.String("3")},
		},
	})
	if err != nil {
		return nil, err
	}
	received, err := s.receive(given.Queue, 10, 0)
	if err != nil {
		return nil, err
	}
	entries := []types.DeleteMessageBatchRequestEntry{{Id: aws.String("bad"), ReceiptHandle: aws.String("nonsense")}}
	for at, message := range received {
		id := fmt.Sprintf("m%d", at)
		entries = append(entries, types.DeleteMessageBatchRequestEntry{Id: &id, ReceiptHandle: message.ReceiptHandle})
	}
	deleted, err := s.DeleteMessageBatch(s, &sqs.DeleteMessageBatchInput{QueueUrl: &given.Queue, Entries: entries})
	if err != nil {
		return nil, err
	}
	successful := []string{}
	for _, entry := range sent.Successful {
		successful = append(successful, *entry.Id)
	}
	return seen{
		"successful": successful,
		"failed":     sent.Failed,
		"received":   len(received),
		"deleted":    len(deleted.Successful),
		"kept":       deleted.Failed,
	}, nil
}

func typedErrors(s session, given options) (seen, error) {
	var missing *types.QueueDoesNotExist
	nowhere := errors.As(s.send(given.Queue+"-missing", "x"), &missing)

	_, err := s.CreateQueue(s, &sqs.CreateQueueInput{
		QueueName: &given.Name, Attributes: map[string]string{"DelaySeconds": "9"},
	})
	var exists *types.QueueNameExists
	different := errors.As(err, &exists)

	_, err = s.DeleteMessage(s, &sqs.DeleteMessageInput{
		QueueUrl: &given.Queue, ReceiptHandle: aws.String("nonsense"),
	})
	var invalid *types.ReceiptHandleIsInvalid
	handle := errors.As(err, &invalid)

	var api smithy.APIError
	code := ""
	if _, err := s.SendMessageBatch(s, &sqs.SendMessageBatchInput{
		QueueUrl: &given.Queue, Entries: []types.SendMessageBatchRequestEntry{},
	}); errors.As(err, &api) {
		code = api.ErrorCode()
	}
	return seen{
		"QueueDoesNotExist":      nowhere,
		"QueueNameExists":        different,
		"ReceiptHandleIsInvalid": handle,
		"message":                missing.ErrorMessage(),
		"emptyBatch":             code,
	}, nil
}

func pages(s session, given options) (seen, error) {
	found := [][]string{}
	paginator := sqs.NewListQueuesPaginator(s.Client, &sqs.ListQueuesInput{
		QueueNamePrefix: &given.Prefix, MaxResults: aws.Int32(2),
	})
	for paginator.HasMorePages() {
		page, err := paginator.NextPage(s)
		if err != nil {
			return nil, err
		}
		found = append(found, page.QueueUrls)
	}
	return seen{"pages": found}, nil
}

func wake(s session, given options) (seen, error) {
	sent := make(chan error, 1)
	go func() {
		time.Sleep(500 * time.Millisecond)
		sent <- s.send(given.Queue, "wake")
	}()
	started := time.Now()
	messages, err := s.receive(given.Queue, 1, 20)
	if err != nil {
		return nil, err
	}
	return seen{"bodies": bodies(messages), "seconds": time.Since(started).Seconds()}, <-sent
}

// abandon cancels a long poll, as a service does that shuts down, and then sends.
func abandon(s session, given options) (seen, error) {
	short, cancel := context.WithTimeout(s, 500*time.Millisecond)
	defer cancel()
	_, err := session{short, s.Client}.receive(given.Queue, 1, 20)
	ended := errors.Is(err, context.DeadlineExceeded)
	if err := s.send(given.Queue, "kept"); err != nil {
		return nil, err
	}
	messages, err := s.receive(given.Queue, 1, 0)
	return seen{"ended": ended, "bodies": bodies(messages)}, err
}
