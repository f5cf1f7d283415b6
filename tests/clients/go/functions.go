package main

import (
	"encoding/base64"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

func functions() *lambda.Client {
	return lambda.New(lambda.Options{
		BaseEndpoint:     aws.String(os.Getenv("AWS_ENDPOINT_URL")),
		Credentials:      credentials.NewStaticCredentialsProvider("test", "test", ""),
		Region:           "us-east-1",
		RetryMaxAttempts: 1,
	})
}

// function: made from a package, waited for, invoked with its log, and deleted.
func function(s session, given options) (seen, error) {
	client := functions()
	code, err := base64.StdEncoding.DecodeString(given.Package)
	if err != nil {
		return nil, err
	}
	made, err := client.CreateFunction(s, &lambda.CreateFunctionInput{
		FunctionName: &given.Name,
		Runtime:      types.RuntimePython311,
		Role:         &given.Arn,
		Handler:      aws.String("app.handler"),
		Code:         &types.FunctionCode{ZipFile: code},
	})
	if err != nil {
		return nil, err
	}
	waiter := lambda.NewFunctionActiveV2Waiter(client, func(how *lambda.FunctionActiveV2WaiterOptions) {
		how.MinDelay, how.MaxDelay = 100*time.Millisecond, 500*time.Millisecond
	})
	if err = waiter.Wait(s, &lambda.GetFunctionInput{FunctionName: &given.Name}, 30*time.Second); err != nil {
		return nil, err
	}
	told, err := client.Invoke(s, &lambda.InvokeInput{
		FunctionName: &given.Name,
		Payload:      []byte(`{"say": "olá"}`),
		LogType:      types.LogTypeTail,
	})
	if err != nil {
		return nil, err
	}
	log, err := base64.StdEncoding.DecodeString(*told.LogResult)
	if err != nil {
		return nil, err
	}
	failed, err := client.Invoke(s, &lambda.InvokeInput{FunctionName: &given.Name, Payload: []byte(`{"fail": true}`)})
	if err != nil {
		return nil, err
	}
	_, err = client.DeleteFunction(s, &lambda.DeleteFunctionInput{FunctionName: &given.Name})
	return seen{
		"arn":    *made.FunctionArn,
		"status": told.StatusCode,
		"answer": string(told.Payload),
		"logged": strings.Contains(string(log), "it says olá"),
		"failed": aws.ToString(failed.FunctionError),
	}, err
}

// functionFails: refusals as the SDK's types.
func functionFails(s session, given options) (seen, error) {
	_, err := functions().Invoke(s, &lambda.InvokeInput{FunctionName: &given.Name})
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) {
		return nil, err
	}
	return seen{"message": missing.ErrorMessage()}, nil
}
