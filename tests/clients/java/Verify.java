import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.messagemanager.sns.SnsMessageManager;
import software.amazon.awssdk.messagemanager.sns.model.SnsMessage;
import software.amazon.awssdk.regions.Region;

/** Reads messages, one a line, and prints what the SDK's SnsMessageManager says of each. */
public final class Verify {
    public static void main(String[] arguments) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (SnsMessageManager manager = SnsMessageManager.builder().region(Region.US_EAST_1).build()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                System.out.println(verdict(manager, line));
            }
        }
    }

    private static String verdict(SnsMessageManager manager, String text) {
        try {
            SnsMessage message = manager.parseMessage(text);
            return message.type() + " " + message.messageId();
        } catch (SdkClientException refused) {
            return "refused: " + refused.getMessage();
        }
    }
}
