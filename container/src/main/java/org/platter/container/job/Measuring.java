// SPDX-License-Identifier: Apache-2.0
package org.platter.container.job;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.platter.config.Config;
import org.platter.container.chain.Chain;
import org.platter.container.format.FormatProvider;
import org.platter.container.format.Platform;
import org.platter.disk.CreateRequest;
import org.platter.disk.Measure;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.format.Run;
import org.platter.storage.Storage;
import org.platter.storage.TcpConnector;

/**
 * Makes an image that keeps no data and sees how large it gets. What is allocated is counted, not written; the tables are
 * kept in memory where the format reads them back.
 *
 * <p>The format itself says how large its image gets, by making one; no formula of it can be out of date. Blocks are asked
 * for in the order in which a conversion would, because tables may grow with the highest block and not with their number.
 */
final class Measuring {
    private static final int SAMPLE = 64;

    private final Platform formats;
    private final CreateRequest request;

    Measuring(Platform formats, CreateRequest request) {
        this.formats = formats;
        this.request = request;
    }

    Measure run(Chain source, Steps steps) throws IOException {
        long size = request.size().orElse(source.last().size());
        steps.total(size);
        FormatProvider format =
                request.format().isPresent() ? formats.get(request.format().get()) : formats.get("VDI");
        Folder folder = new Folder(format.backend().schema().validate(request.config()));
        ImageSpec spec = new ImageSpec(
                size,
                request.flags(),
                UUID.randomUUID(),
                UUID.randomUUID(),
                java.util.Optional.empty(),
                "",
                request.physical(),
                request.logical(),
                request.rawDisk());
        try (Image image = format.backend().create(folder, spec)) {
            image.flush();
            long empty = folder.size();
            long block = Math.max(512, image.info().blockSize());
            long used = allocate(source, image, size, block, steps);
            image.flush();
            long required = folder.size();
            if (image.info().is(ImageFlag.FIXED)) {
                return new Measure(required, required);
            }
            return new Measure(required, full(empty, required, used, (size + block - 1) / block, block));
        }
    }

    /** The size grows evenly with the blocks, but for tables, which are in {@code required} by their share. */
    private static long full(long empty, long required, long used, long blocks, long block) {
        if (used == 0) {
            return empty + blocks * block;
        }
        return required + (blocks - used) * Math.max(block, (required - empty) / used);
    }

    /** Reserves what holds data in the source, block by block of the new format; gives how many blocks that were. */
    private long allocate(Chain source, Image image, long size, long block, Steps steps) throws IOException {
        long used = 0;
        for (long at = 0; at < size; ) {
            long from = at;
            Run found = source.reading(inside ->
                    inside.view().nextData(from, Math.min(size, inside.last().size())));
            if (found == null) {
                steps.advance(size - at);
                break;
            }
            long start = Math.max(at, found.offset() / block * block);
            long end = Math.min(size, (found.end() + block - 1) / block * block);
            for (long place = start; place < end; ) {
                Run now = image.map(place, end - place);
                if (now instanceof Run.Data) {
                    place = now.end();
                    continue;
                }
                Run.Data room = image.allocate(place, Math.min(now.length(), SAMPLE * block));
                room.storage().zero(room.position(), room.length()); // grows the file where allocating did not
                image.remap(room);
                used += (room.length() + block - 1) / block;
                place = room.end();
            }
            steps.advance(end - at);
            at = end;
        }
        return used;
    }

    /** Storages that exist only as long as the measure takes. */
    private static final class Folder implements ImageContext {
        private final Config config;
        private final Map<String, Paper> papers = new LinkedHashMap<>();

        Folder(Config config) {
            this.config = config;
        }

        long size() {
            return papers.values().stream().mapToLong(Paper::size).sum();
        }

        @Override
        public URI location() {
            return URI.create("measure:///image");
        }

        @Override
        public Storage storage() {
            return createStorage("");
        }

        @Override
        public Storage storage(String name) {
            return createStorage(name);
        }

        @Override
        public Storage storageForReading(String name) {
            return createStorage(name);
        }

        @Override
        public Storage createStorage(String name) {
            return papers.computeIfAbsent(name, key -> new Paper());
        }

        @Override
        public Config config() {
            return config;
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
            return (address, timeout) -> {
                throw new DiskException(ErrorCode.NOT_SUPPORTED, "nothing is connected to measure");
            };
        }
    }

    /** Keeps what is written, in pages; a measured image gets tables only. */
    private static final class Paper implements Storage {
        private static final int PAGE = 4096;

        private final Map<Long, byte[]> pages = new HashMap<>();
        private long size;

        @Override
        public URI location() {
            return URI.create("measure:///image");
        }

        @Override
        public synchronized void read(ByteBuffer dst, long position) throws IOException {
            for (long at = position; dst.hasRemaining(); ) {
                byte[] page = pages.getOrDefault(at / PAGE, new byte[PAGE]);
                int from = (int) (at % PAGE);
                int count = Math.min(dst.remaining(), PAGE - from);
                dst.put(page, from, count);
                at += count;
            }
        }

        @Override
        public synchronized void write(ByteBuffer src, long position) {
            size = Math.max(size, position + src.remaining());
            for (long at = position; src.hasRemaining(); ) {
                int from = (int) (at % PAGE);
                int count = Math.min(src.remaining(), PAGE - from);
                src.get(pages.computeIfAbsent(at / PAGE, key -> new byte[PAGE]), from, count);
                at += count;
            }
        }

        @Override
        public synchronized long size() {
            return size;
        }

        @Override
        public synchronized void resize(long bytes) {
            size = bytes;
        }

        @Override
        public synchronized void zero(long position, long length) {
            size = Math.max(size, position + length);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
