// SPDX-License-Identifier: Apache-2.0
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Scanner;
import java.util.concurrent.CountDownLatch;
import org.platter.backend.iscsi.IscsiBackend;
import org.platter.config.Config;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.Run;
import org.platter.storage.AsyncStorage;
import org.platter.storage.Storage;
import org.platter.storage.TcpConnector;

/**
 * The backend's side of {@code bench/iscsi}: {@code URL [KEY=VALUE …]}. Reads lines {@code read|write SIZE STEP DEPTH COUNT}
 * and answers each with seconds and processor seconds of the whole process. Requests are made as {@code qemu-img bench} makes
 * them: the next one STEP bytes further on, round and round. One at a time is the blocking call, more are futures.
 */
public final class IscsiBench {
    private final AsyncStorage storage;
    private final boolean write;
    private final int size;
    private final long step;
    private final long span;
    private long at; // used by whoever starts the next request: one thread at a time
    private long left;

    private IscsiBench(AsyncStorage storage, Scanner line) throws Exception {
        this.storage = storage;
        write = line.next().equals("write");
        size = line.nextInt();
        step = line.nextLong();
        span = storage.size() - size;
    }

    public static void main(String[] arguments) throws Exception {
        URI location = URI.create(arguments[0]);
        Map<String, String> values = new HashMap<>(new IscsiBackend().configOf(location));
        for (String pair : Arrays.copyOfRange(arguments, 1, arguments.length)) {
            values.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
        }
        try (Image image = new IscsiBackend().open(new Context(location, new IscsiBackend().schema().validate(values)));
                Scanner lines = new Scanner(System.in)) {
            long whole = image.info().size();
            AsyncStorage storage = (AsyncStorage) ((Run.Data) image.map(0, whole)).storage();
            while (lines.hasNextLine()) {
                Scanner line = new Scanner(lines.nextLine());
                new IscsiBench(storage, line).run(line.nextInt(), line.nextLong());
            }
        }
    }

    private void run(int depth, long count) throws Exception {
        ByteBuffer[] buffers = new ByteBuffer[depth];
        // what is read is not looked at, and goes to one place: iscsi-perf does not keep it either
        ByteBuffer one = ByteBuffer.allocateDirect(size);
        Arrays.setAll(buffers, i -> write ? ByteBuffer.allocateDirect(size) : one.duplicate());
        long cpu = processor();
        long start = System.nanoTime();
        left = count;
        if (depth == 1) {
            while (left-- > 0) {
                blocking(buffers[0].clear());
            }
        } else {
            CountDownLatch lanes = new CountDownLatch(depth);
            for (ByteBuffer buffer : buffers) {
                next(buffer, lanes);
            }
            lanes.await();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(Locale.ROOT, "%.4f %.4f%n", seconds, (processor() - cpu) / 1e9);
    }

    private void blocking(ByteBuffer buffer) throws Exception {
        if (write) {
            storage.write(buffer, place());
        } else {
            storage.read(buffer, place());
        }
    }

    private synchronized void next(ByteBuffer buffer, CountDownLatch lanes) {
        if (left-- <= 0) {
            lanes.countDown();
            return;
        }
        buffer.clear();
        var future = write ? storage.writeAsync(buffer, place()) : storage.readAsync(buffer, place());
        future.whenComplete((nothing, failure) -> {
            if (failure != null) {
                failure.printStackTrace();
                System.exit(1);
            }
            next(buffer, lanes);
        });
    }

    private long place() {
        long place = at;
        at += step;
        at = at > span ? at % (span / 4096 * 4096) / 4096 * 4096 : at;
        return place;
    }

    private static long processor() {
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        return ((com.sun.management.OperatingSystemMXBean) system).getProcessCpuTime();
    }

    private record Context(URI location, Config config) implements ImageContext {
        @Override
        public Storage storage() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Storage storage(String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Storage storageForReading(String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Storage createStorage(String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean writable() {
            return true;
        }

        @Override
        public boolean infoOnly() {
            return false;
        }

        @Override
        public TcpConnector connector() {
            return (InetSocketAddress address, Duration timeout) -> SocketChannel.open(address);
        }
    }
}
