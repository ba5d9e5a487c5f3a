// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.platter.backend.qcow2.Options.Preallocation;
import org.platter.backend.qcow2.layout.Annexes;
import org.platter.backend.qcow2.layout.Bad;
import org.platter.backend.qcow2.layout.Clusters;
import org.platter.backend.qcow2.layout.Features;
import org.platter.backend.qcow2.layout.Head;
import org.platter.backend.qcow2.layout.Header;
import org.platter.backend.qcow2.layout.HeaderExtension;
import org.platter.backend.qcow2.table.Volume;
import org.platter.error.DiskException;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.format.Run;
import org.platter.storage.Storage;

/**
 * Makes an image, laid out as QEMU does: header, refcount table, block of counters, L1 table, a cluster each or more. An
 * image of an empty disk is written first, and then grows.
 */
final class Creation {
    private static final Set<ImageFlag> FLAGS = EnumSet.of(ImageFlag.DIFF, ImageFlag.COMPRESSED);
    private static final int VERSION_3_BYTES = 112;
    private static final int VERSION_2_BYTES = 72;
    private static final int FIRST_CLUSTERS = 3;
    private static final long STEP = 64L << 20;
    private static final int ZEROES = 1 << 20;

    private final ImageContext context;
    private final ImageSpec spec;
    private final Options options;
    private final Clusters sizes;

    Creation(ImageContext context, ImageSpec spec) throws DiskException {
        this.context = context;
        this.spec = spec;
        options = Options.of(context.config());
        sizes = new Clusters(options.clusterBits(), options.extended());
    }

    Image run() throws IOException {
        check();
        Head head = head();
        Storage storage = context.storage();
        write(storage, head);
        Storage data = options.dataFile().isEmpty() ? storage : context.createStorage(options.dataFile());
        Volume volume = new Volume(storage, data, head);
        Annexes annexes = Annexes.read(storage, head);
        Qcow2Image image = new Qcow2Image(volume, annexes, Optional.empty(), true).verified();
        image.resize(spec.size());
        if (options.preallocation() != Preallocation.OFF) {
            preallocate(image, data);
        }
        if (spec.flags().contains(ImageFlag.COMPRESSED)) {
            image.pack();
        }
        return image;
    }

    private void check() throws IOException {
        Set<ImageFlag> unknown = EnumSet.noneOf(ImageFlag.class);
        unknown.addAll(spec.flags());
        unknown.removeAll(FLAGS);
        if (!unknown.isEmpty()) {
            throw Bad.unsupported("has no images of kind " + unknown
                    + (unknown.contains(ImageFlag.FIXED) ? "; preallocation=full makes all storage at once" : ""));
        }
        boolean diff = spec.flags().contains(ImageFlag.DIFF);
        boolean compressed = spec.flags().contains(ImageFlag.COMPRESSED);
        boolean filled = options.preallocation() != Preallocation.OFF;
        if (diff && (filled || options.rawData())) {
            throw Bad.unsupported("preallocation and data_file_raw would hide the parent of a differencing image");
        }
        if (compressed && (filled || !options.dataFile().isEmpty())) {
            throw Bad.unsupported("a compressed image has neither preallocation nor a data_file");
        }
        Resize.check(spec.size(), sizes);
    }

    private Head head() throws DiskException {
        boolean old = options.version() == 2;
        long incompatible = (options.dataFile().isEmpty() ? 0 : Features.DATA_FILE)
                | (options.compression() == 0 ? 0 : Features.COMPRESSION)
                | (options.extended() ? Features.EXTENDED_L2 : 0);
        Header header = new Header(
                Header.MAGIC,
                options.version(),
                0,
                0,
                options.clusterBits(),
                0,
                0,
                0,
                0,
                sizes.size(),
                1,
                0,
                0,
                incompatible,
                options.lazy() ? Features.LAZY : 0,
                options.rawData() ? Features.RAW_DATA : 0,
                options.refcountOrder(),
                old ? VERSION_2_BYTES : VERSION_3_BYTES,
                options.compression());
        Head head = new Head(header, extensions(old), "").withBacking(backing());
        return head.extensionsEnd() + head.header().nameLength() <= sizes.size()
                ? head
                : head.withExtension(HeaderExtension.NAMES, new byte[0]).withBacking(backing());
    }

    private List<HeaderExtension> extensions(boolean old) {
        List<HeaderExtension> list = new ArrayList<>();
        if (!options.dataFile().isEmpty()) {
            list.add(new HeaderExtension(
                    HeaderExtension.DATA_FILE, options.dataFile().getBytes(StandardCharsets.UTF_8)));
        }
        if (!old) {
            list.add(new HeaderExtension(HeaderExtension.NAMES, Features.table()));
        }
        return list;
    }

    private String backing() throws DiskException {
        if (spec.parent().isEmpty()) {
            return "";
        }
        List<String> hints = spec.parent().get().hints();
        if (hints.isEmpty() || hints.get(0).isEmpty()) {
            throw Bad.value("a differencing image needs the name of its backing file");
        }
        if (hints.get(0).getBytes(StandardCharsets.UTF_8).length > 1023) {
            throw Bad.value("the name of the backing file is longer than 1023 bytes: " + hints.get(0));
        }
        return hints.get(0);
    }

    /** The first clusters, with their counters. */
    private void write(Storage storage, Head head) throws IOException {
        storage.zero(0, sizes.at(FIRST_CLUSTERS));
        ByteBuffer table = ByteBuffer.allocate(Long.BYTES).putLong(sizes.at(2));
        storage.write(table.flip(), sizes.at(1));
        storage.write(firstCounters(), sizes.at(2));
        storage.write(head.encode(), 0);
        storage.flush();
    }

    private ByteBuffer firstCounters() {
        ByteBuffer counters = ByteBuffer.allocate(FIRST_CLUSTERS * Long.BYTES);
        int bits = 1 << options.refcountOrder();
        for (int cluster = 0; cluster < FIRST_CLUSTERS; cluster++) {
            int last = (cluster + 1) * bits - 1; // big-endian counters end with their lowest bit
            int at = bits < 8 ? cluster * bits / 8 : last / 8;
            int shift = bits < 8 ? cluster * bits % 8 : 0;
            counters.put(at, (byte) (counters.get(at) | 1 << shift));
        }
        return counters;
    }

    private void preallocate(Qcow2Image image, Storage data) throws IOException {
        for (long at = 0; at < spec.size(); ) {
            Run.Data room = image.allocate(at, Math.min(STEP, spec.size() - at));
            if (options.preallocation() == Preallocation.FALLOC) {
                data.preallocate(room.position(), room.length());
            } else if (options.preallocation() == Preallocation.FULL) {
                fill(data, room.position(), room.length());
            } else if (data.size() < room.position() + room.length()) {
                data.resize(room.position() + room.length());
            }
            image.remap(room);
            at = room.end();
        }
        image.flush();
    }

    private static void fill(Storage data, long position, long length) throws IOException {
        ByteBuffer zeroes = ByteBuffer.allocateDirect(ZEROES);
        for (long done = 0; done < length; done += zeroes.limit()) {
            zeroes.clear().limit((int) Math.min(ZEROES, length - done));
            data.write(zeroes, position + done);
        }
    }
}
