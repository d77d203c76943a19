import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Produces COUNT records with the Java client, compressed: BROKERS TOPIC CODEC COUNT. Record n has the value `CODEC-n`. */
public class CompressedProducer {
  public static void main(String[] args) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("compression.type", args[2]);
    settings.put("linger.ms", "200");
    settings.put("batch.size", "200000");
    settings.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    settings.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings)) {
      for (int n = 0; n < Integer.parseInt(args[3]); n++) {
        producer.send(new ProducerRecord<>(args[1], "key", args[2] + "-" + n));
      }
    }
  }
}
