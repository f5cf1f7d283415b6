package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

func storage(given options) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint:     aws.String(given.URL),
		Credentials:      credentials.NewStaticCredentialsProvider(given.Key, given.Secret, ""),
		Region:           "us-east-1",
		RetryMaxAttempts: 1,
		UsePathStyle:     true,
	})
}

func put(ctx context.Context, client *s3.Client, bucket, key string, body []byte) (*s3.PutObjectOutput, error) {
	return client.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(body)})
}

func get(ctx context.Context, client *s3.Client, bucket, key string) ([]byte, *s3.GetObjectOutput, error) {
	got, err := client.GetObject(ctx, &s3.GetObjectInput{
		Bucket:       &bucket,
		Key:          &key,
		ChecksumMode: types.ChecksumModeEnabled,
	})
	if err != nil {
		return nil, nil, err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	return body, got, err
}

func noise(size int) []byte {
	made := make([]byte, 0, size+sha256.Size)
	block := sha256.Sum256([]byte("seed"))
	for len(made) < size {
		made = append(made, block[:]...)
		block = sha256.Sum256(block[:])
	}
	return made[:size]
}

// objects: put with each checksum, got with it checked, copied, deleted.
func objects(s session, given options) (seen, error) {
	client := storage(given)
	body := noise(100_000)
	checksums := []string{}
	for _, algorithm := range []types.ChecksumAlgorithm{
		types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c, types.ChecksumAlgorithmCrc64nvme,
		types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256,
	} {
		_, err := client.PutObject(s, &s3.PutObjectInput{
			Bucket:            &given.Bucket,
			Key:               aws.String("a b/ñ"),
			Body:              bytes.NewReader(body),
			ChecksumAlgorithm: algorithm,
			Metadata:          map[string]string{"city": "Cuzco"},
		})
		if err != nil {
			return nil, err
		}
		got, told, err := get(s, client, given.Bucket, "a b/ñ")
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(got, body) || told.Metadata["city"] != "Cuzco" {
			return nil, errors.New("it is not what was put")
		}
		checksums = append(checksums, string(algorithm))
	}
	_, err := client.CopyObject(s, &s3.CopyObjectInput{
		Bucket:     &given.Bucket,
		Key:        aws.String("copy"),
		CopySource: aws.String(given.Bucket + "/a%20b/%C3%B1"),
	})
	if err != nil {
		return nil, err
	}
	deleted, err := client.DeleteObjects(s, &s3.DeleteObjectsInput{
		Bucket: &given.Bucket,
		Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: aws.String("copy")}, {Key: aws.String("a b/ñ")}}},
	})
	if err != nil {
		return nil, err
	}
	return seen{"checksums": checksums, "deleted": len(deleted.Deleted)}, nil
}

// transfers: a stream of unknown length up in parts, down in ranges.
func transfers(s session, given options) (seen, error) {
	client := storage(given)
	body := noise(11 << 20)
	reader, writer := io.Pipe()
	go func() {
		_, err := writer.Write(body)
		writer.CloseWithError(err)
	}()
	uploaded, err := manager.NewUploader(client).Upload(s, &s3.PutObjectInput{
		Bucket: &given.Bucket,
		Key:    aws.String("large"),
		Body:   reader,
	})
	if err != nil {
		return nil, err
	}
	into := manager.NewWriteAtBuffer(nil)
	read, err := manager.NewDownloader(client).Download(s, into, &s3.GetObjectInput{
		Bucket: &given.Bucket,
		Key:    aws.String("large"),
	})
	if err != nil {
		return nil, err
	}
	return seen{"etag": *uploaded.ETag, "read": read, "same": bytes.Equal(into.Bytes(), body)}, nil
}

// objectErrors: refusals as the SDK's types.
func objectErrors(s session, given options) (seen, error) {
	client := storage(given)
	_, _, err := get(s, client, given.Bucket, "missing")
	var noKey *types.NoSuchKey
	isKey := errors.As(err, &noKey)
	_, _, err = get(s, client, given.Bucket+"-not", "k")
	var told smithy.APIError
	errors.As(err, &told)
	bucket := told.ErrorCode()
	_, err = client.HeadObject(s, &s3.HeadObjectInput{Bucket: &given.Bucket, Key: aws.String("missing")})
	var notFound *types.NotFound
	isNotFound := errors.As(err, &notFound)
	_, err = client.CreateBucket(s, &s3.CreateBucketInput{
		Bucket: &given.Bucket,
		CreateBucketConfiguration: &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraintEuWest1,
		},
	})
	var owned *types.BucketAlreadyOwnedByYou
	return seen{"key": isKey, "bucket": bucket, "head": isNotFound, "owned": errors.As(err, &owned)}, nil
}

// objectPages: what each page of the SDK's paginator has.
func objectPages(s session, given options) (seen, error) {
	client := storage(given)
	for _, key := range []string{"a/1", "a/2", "b", "c/1", "d"} {
		if _, err := put(s, client, given.Bucket, key, nil); err != nil {
			return nil, err
		}
	}
	pages := [][]string{}
	paginator := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{
		Bucket:    &given.Bucket,
		Delimiter: aws.String("/"),
		MaxKeys:   aws.Int32(2),
	})
	for paginator.HasMorePages() {
		page, err := paginator.NextPage(s)
		if err != nil {
			return nil, err
		}
		found := []string{}
		for _, each := range page.CommonPrefixes {
			found = append(found, *each.Prefix)
		}
		for _, each := range page.Contents {
			found = append(found, *each.Key)
		}
		pages = append(pages, found)
	}
	return seen{"pages": pages}, nil
}

// presigned: a URL of the SDK's presigner, put to and got from without the SDK.
func presigned(s session, given options) (seen, error) {
	client := s3.NewPresignClient(storage(given))
	key := aws.String("a b/ñ")
	upload, err := client.PresignPutObject(s, &s3.PutObjectInput{Bucket: &given.Bucket, Key: key})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(s, upload.Method, upload.URL, bytes.NewReader([]byte("signed")))
	if err != nil {
		return nil, err
	}
	done, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	done.Body.Close()
	download, err := client.PresignGetObject(s, &s3.GetObjectInput{Bucket: &given.Bucket, Key: key})
	if err != nil {
		return nil, err
	}
	got, err := http.Get(download.URL)
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	return seen{"put": done.StatusCode, "got": got.StatusCode, "body": string(body)}, err
}
