package io.carnelian.ops.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.carnelian.server.command.CommandTable;
import io.carnelian.server.info.Info;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers HTTP at the admin port.
 *
 * <pre>
 *   GET /metrics        figures in Prometheus's text format
 *   GET /health/live    200 while the command thread runs what it is given, 503 otherwise
 *   GET /health/ready   200 if clients should be sent here, 503 with the reason otherwise
 * </pre>
 *
 * Two threads of its own; each request costs the command thread as much as an INFO.
 */
public final class AdminServer {
    private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);
    private static final String PLAIN = "text/plain; charset=utf-8";
    private static final int THREADS = 2;
    private static final int BACKLOG = 16;
    private static final long TIMEOUT_MS = 5_000;
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int UNAVAILABLE = 503;

    private record Answer(int status, String type, byte[] body) {
        static Answer text(int status, String text) {
            byte[] body = (text + "\n").getBytes(StandardCharsets.UTF_8);
            return new Answer(status, PLAIN, body);
        }
    }

    private final FigureSource source;
    private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();

    private AdminServer(FigureSource source) {
        this.source = source;
    }

    /**
     * Listens, if there is a port.
     *
     * @param commandThread runs tasks there
     * @throws BindException if that can't be; the log has said why
     */
    public static void begin(
            AdminSettings settings,
            Info info,
            CommandTable commands,
            Consumer<Runnable> commandThread)
            throws BindException {
        if (settings.port.value != 0) {
            FigureSource source =
                    new FigureSource(info, commands, settings.readyMaxLagMs, commandThread);
            var _ = listen(settings.bind.value, settings.port.intValue(), source);
        }
    }

    /** Listens; port 0 takes any that is free. */
    static HttpServer listen(String address, int port, FigureSource source) throws BindException {
        // Nobody holds a thread by being slow; read when the class of the server is loaded.
        System.setProperty("sun.net.httpserver.maxReqTime", "10");
        System.setProperty("sun.net.httpserver.maxRspTime", "30");
        System.setProperty("jdk.httpserver.maxConnections", "64");
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(address, port), BACKLOG);
            ExecutorService threads =
                    Executors.newFixedThreadPool(
                            THREADS, Thread.ofPlatform().daemon().name("admin-", 0).factory());
            server.setExecutor(threads);
            server.createContext("/", new AdminServer(source)::handle);
            server.start();
            LOG.info("The admin port answers at http://{}:{}/metrics", address, port);
            return server;
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("Failed listening on admin port {}:{}: {}", address, port, e.getMessage());
            throw new BindException("admin port");
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            boolean head = method.equals("HEAD");
            Answer answer =
                    head || method.equals("GET")
                            ? answer(exchange.getRequestURI().getPath())
                            : Answer.text(METHOD_NOT_ALLOWED, "GET or HEAD");
            exchange.getResponseHeaders().set("Content-Type", answer.type());
            exchange.sendResponseHeaders(answer.status(), head ? -1 : answer.body().length);
            if (!head) {
                exchange.getResponseBody().write(answer.body());
            }
        }
    }

    private Answer answer(String path) throws IOException {
        try {
            return switch (path) {
                case "/metrics" -> metrics(source.ask(TIMEOUT_MS));
                case "/health/live" -> live();
                case "/health/ready" -> ready(Readiness.of(source.ask(TIMEOUT_MS)));
                default -> Answer.text(NOT_FOUND, "/metrics /health/live /health/ready");
            };
        } catch (TimeoutException e) {
            return Answer.text(
                    UNAVAILABLE, "the command thread has been busy for " + TIMEOUT_MS + " ms");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Answer.text(UNAVAILABLE, "this server is ending");
        }
    }

    private Answer metrics(Figures figures) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writer.write(out, Metrics.of(figures));
        return new Answer(OK, writer.getContentType(), out.toByteArray());
    }

    private Answer live() throws TimeoutException, InterruptedException {
        var _ = source.ask(TIMEOUT_MS);
        return Answer.text(OK, "alive");
    }

    private static Answer ready(Readiness readiness) {
        return Answer.text(readiness.isReady() ? OK : UNAVAILABLE, readiness.why());
    }
}
