package io.carnelian.ops.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.info.Info;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.net.BindException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerTest {
    private final Map<String, String> fields = new HashMap<>();
    private final AdminSettings settings = new AdminSettings();
    private @Nullable HttpServer server;

    @BeforeEach
    void listen() throws BindException {
        Info info = new Info();
        info.write("Replication", to -> fields.forEach(to::put));
        fields.put("loading", "0");
        fields.put("role", "master");
        FigureSource source =
                new FigureSource(info, new CommandTable(), settings.readyMaxLagMs, Runnable::run);
        server = AdminServer.listen("127.0.0.1", 0, source);
    }

    @AfterEach
    void stop() {
        HttpServer there = server;
        if (there != null) {
            there.stop(0);
        }
    }

    @Test
    void tellsWhetherItIsReady() throws Exception {
        assertThat(get("/health/live").statusCode()).isEqualTo(200);
        assertThat(get("/health/ready").statusCode()).isEqualTo(200);
        fields.put("loading", "1");
        assertThat(get("/health/ready").statusCode()).isEqualTo(503);
        assertThat(get("/health/ready").body()).contains("being loaded");
        fields.put("loading", "0");
        fields.put("role", "slave");
        fields.put("master_link_status", "down");
        assertThat(get("/health/ready").body()).contains("link to the primary is down");
        fields.put("master_link_status", "up");
        fields.put("master_last_io_seconds_ago", "15");
        assertThat(get("/health/ready").statusCode()).isEqualTo(200);
        fields.put("master_last_io_seconds_ago", "16");
        assertThat(get("/health/ready").statusCode()).isEqualTo(503);
        settings.readyMaxLagMs.value = 0;
        assertThat(get("/health/ready").statusCode()).isEqualTo(200);
    }

    @Test
    void answersGetOfWhatThereIs() throws Exception {
        assertThat(get("/nothing").statusCode()).isEqualTo(404);
        HttpRequest post =
                HttpRequest.newBuilder(uri("/metrics"))
                        .POST(HttpRequest.BodyPublishers.ofString("x"))
                        .build();
        assertThat(send(post).statusCode()).isEqualTo(405);
    }

    @Test
    void figuresAreInPrometheussFormat() throws Exception {
        fields.put("used_memory", "961792");
        fields.put("used_memory_human", "939.25K");
        fields.put("used_memory_peak_perc", "100.20%");
        fields.put("total_commands_processed", "7");
        fields.put("current_save_keys_total", "5");
        fields.put("rdb_last_bgsave_status", "ok");
        fields.put("master_link_status", "down");
        fields.put("db0", "keys=3,expires=1,avg_ttl=0");
        fields.put("db7", "keys=4,expires=0,avg_ttl=0");
        fields.put("slave0", "ip=10.0.0.1,port=6380,state=online,offset=99,lag=1");
        fields.put("cmdstat_config|get", "calls=3,usec=9,rejected_calls=0,failed_calls=1");
        fields.put("errorstat_ERR", "count=2");
        fields.put("total_error_replies", "2");
        HttpResponse<String> answer = get("/metrics");
        assertThat(answer.headers().firstValue("Content-Type").orElse(""))
                .startsWith("text/plain; version=0.0.4");
        Map<String, Double> samples = PrometheusText.parse(answer.body());
        assertThat(samples)
                .containsEntry("carnelian_used_memory", 961792.0)
                .containsEntry("carnelian_used_memory_peak_perc", 100.2)
                .containsEntry("carnelian_commands_processed_total", 7.0)
                .containsEntry("carnelian_current_save_keys_sum", 5.0)
                .containsEntry("carnelian_rdb_last_bgsave_ok", 1.0)
                .containsEntry("carnelian_master_link_up", 0.0)
                .containsEntry("carnelian_db_keys{db=\"0\"}", 3.0)
                .containsEntry("carnelian_db_keys{db=\"7\"}", 4.0)
                .containsEntry("carnelian_replica_offset{replica=\"10.0.0.1:6380\"}", 99.0)
                .containsEntry("carnelian_command_calls_total{command=\"config|get\"}", 3.0)
                .containsEntry("carnelian_errors_total{error=\"ERR\"}", 2.0)
                .containsEntry("carnelian_error_replies_total", 2.0)
                .containsEntry("carnelian_server_info{role=\"master\"}", 1.0)
                .doesNotContainKey("carnelian_used_memory_human");
    }

    @Test
    void latenciesAreHistograms() throws Exception {
        Histogram nanos = new Histogram(1_000_000_000, 2);
        nanos.recordValue(900);
        nanos.recordValue(3_000);
        nanos.recordValue(1_000_000_000);
        Figures figures = Figures.of("", List.of(new Figures.Latency("get", nanos)), 0);
        var out = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(out, Metrics.of(figures));
        Map<String, Double> samples = PrometheusText.parse(out.toString(StandardCharsets.UTF_8));
        String buckets = "carnelian_command_duration_seconds_bucket{command=\"get\",le=\"";
        assertThat(samples)
                .containsEntry(buckets + "1.0E-6\"}", 1.0)
                .containsEntry(buckets + "4.0E-6\"}", 2.0)
                .containsEntry(buckets + "+Inf\"}", 3.0)
                .containsEntry("carnelian_command_duration_seconds_count{command=\"get\"}", 3.0);
    }

    @Test
    void theParserIsStrict() {
        for (String wrong :
                List.of(
                        "a 1",
                        "a 1\n",
                        "# TYPE a gauge\na x\n",
                        "# TYPE a gauge\na{b=c} 1\n",
                        "# TYPE a gauge\na 1\na 1\n",
                        "# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# HELP a x\n",
                        "# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n")) {
            assertThatThrownBy(() -> PrometheusText.parse(wrong))
                    .as(wrong)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private URI uri(String path) {
        HttpServer there = server;
        int port = there == null ? 0 : there.getAddress().getPort();
        return URI.create("http://127.0.0.1:" + port + path);
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)).GET().build());
    }

    private static HttpResponse<String> send(HttpRequest request) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        }
    }
}
