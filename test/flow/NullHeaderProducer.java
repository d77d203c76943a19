import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Produces records that each have one header without a value: BROKERS TOPIC, then HEADER VALUE for each record. */
public class NullHeaderProducer {
  public static void main(String[] args) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    settings.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings)) {
      for (int n = 2; n < args.length; n += 2) {
        ProducerRecord<String, String> record = new ProducerRecord<>(args[1], "key", args[n + 1]);
        record.headers().add(args[n], null);
        producer.send(record);
      }
    }
  }
}
