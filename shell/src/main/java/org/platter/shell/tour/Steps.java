// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.tour;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.platter.disk.CreateRequest;
import org.platter.disk.Layer;
import org.platter.disk.MapEntry;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.CheckReport;
import org.platter.format.ImageFlag;
import org.platter.shell.option.Sizes;
import org.platter.shell.tour.Step.Figures;

/** The steps of the tour in their order. */
final class Steps {
    private static final int CHUNK = 1 << 20;
    private static final long STRIDE = 2L * CHUNK;

    private static final String RAW = "RAW";
    private static final String VMDK = "VMDK";

    static final List<Step> ALL = List.of(
            Step.of("make a disk", Steps::make),
            Step.of("fill it with real data", Steps::fill),
            Step.of("put a snapshot on top", Steps::snapshot),
            Step.of("change data above the snapshot", Steps::change),
            Step.of("upgrade the format under a writer", Upgrade::run),
            Step.of("read back every byte", Steps::readBack),
            Step.of("look at the chain", Steps::chain),
            Step.of("look at the map", Steps::map),
            new Step("convert the chain to RAW", installed(RAW), tour -> convert(tour, flat(tour))),
            new Step("compare", installed(RAW), tour -> compare(tour, flat(tour))),
            Step.of("convert the chain to a flat image", tour -> convert(tour, again(tour))),
            Step.of("compare", tour -> compare(tour, again(tour))),
            new Step("convert to streamOptimized VMDK", installed(VMDK), tour -> convert(tour, stream(tour))),
            new Step("compare", installed(VMDK), tour -> compare(tour, stream(tour))),
            Step.of("close and open again", Steps::reopen),
            Step.of("merge the snapshot into its base", Steps::merge),
            Step.of("compare", tour -> compare(tour, again(tour))),
            new Step("check", can(Capability.CHECK), Steps::check),
            new Step("discard half of it and compact", can(Capability.COMPACT), Steps::compact),
            new Step("resize", can(Capability.RESIZE), Steps::resize),
            new Step("check once more", can(Capability.CHECK), Steps::check));

    private Steps() {}

    private static java.util.function.Predicate<Tour> installed(String format) {
        return tour -> tour.format(format).isPresent();
    }

    private static java.util.function.Predicate<Tour> can(Capability capability) {
        return tour -> {
            try {
                return tour.disk().last().info().can(capability);
            } catch (DiskException e) {
                return false;
            }
        };
    }

    private static Figures make(Tour tour) throws IOException {
        CreateRequest request =
                tour.image("base", tour.format()).withSize(Tour.SIZE).withComment("made by the tour");
        tour.disk().create(request);
        return new Figures(0, tour.format().name() + ", " + Sizes.human(Tour.SIZE));
    }

    /** Every second MiB, so that there are holes. */
    private static Figures fill(Tour tour) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
        long bytes = 0;
        for (long offset = 0; offset < Tour.SIZE && bytes < tour.material().size(); offset += STRIDE) {
            write(tour, new Tour.Piece(offset, bytes, CHUNK), buffer);
            bytes += CHUNK;
        }
        tour.disk().flush();
        return new Figures(bytes, tour.material().name());
    }

    private static Figures snapshot(Tour tour) throws IOException {
        tour.disk().create(tour.image("snapshot", tour.format()));
        return new Figures(0, tour.disk().layers().size() + " images");
    }

    /** Small pieces across block borders, which makes the platform copy on write. */
    private static Figures change(Tour tour) throws IOException {
        int length = 48 << 10;
        ByteBuffer buffer = ByteBuffer.allocateDirect(length);
        long bytes = 0;
        for (long offset = STRIDE - length / 2; offset + length <= Tour.SIZE; offset += 8 * STRIDE) {
            write(tour, new Tour.Piece(offset, offset / 3, length), buffer);
            bytes += length;
        }
        tour.disk().flush();
        return new Figures(bytes, tour.disk().last().files().size() + " file of " + fileSize(tour));
    }

    private static void write(Tour tour, Tour.Piece piece, ByteBuffer buffer) throws IOException {
        tour.check();
        tour.disk().write(tour.material().read(buffer, piece.position()), piece.offset());
        tour.pieces().add(piece);
    }

    /** Replays what was written into memory, a window at a time, and compares the disk with that. */
    private static Figures readBack(Tour tour) throws IOException {
        ByteBuffer expected = ByteBuffer.allocate((int) STRIDE);
        ByteBuffer actual = ByteBuffer.allocateDirect((int) STRIDE);
        for (long offset = 0; offset < Tour.SIZE; offset += STRIDE) {
            tour.check();
            replay(tour, offset, expected);
            tour.disk().read(actual.clear(), offset);
            int difference = expected.clear().mismatch(actual.flip());
            if (difference >= 0) {
                throw new DiskException(ErrorCode.CORRUPT, "the disk reads wrong at " + (offset + difference));
            }
        }
        return new Figures(Tour.SIZE, "as written");
    }

    private static void replay(Tour tour, long offset, ByteBuffer window) throws IOException {
        java.util.Arrays.fill(window.array(), (byte) 0);
        for (Tour.Piece piece : tour.pieces()) {
            long from = Math.max(offset, piece.offset());
            long to = Math.min(offset + window.capacity(), piece.offset() + piece.length());
            if (from < to) {
                ByteBuffer bytes = tour.material().read(ByteBuffer.allocate(piece.length()), piece.position());
                bytes.limit((int) (to - piece.offset())).position((int) (from - piece.offset()));
                window.clear().position((int) (from - offset)).put(bytes);
            }
        }
    }

    private static Figures chain(Tour tour) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Layer layer : tour.disk().layers()) {
            text.append(text.isEmpty() ? "" : " <- ")
                    .append(Path.of(layer.location()).getFileName())
                    .append(" ")
                    .append(Sizes.human(layer.allocatedSize()));
        }
        return new Figures(0, text.toString());
    }

    private static Figures map(Tour tour) throws IOException {
        long data = 0;
        long entries = 0;
        try (var map = tour.disk().map(0, Tour.SIZE)) {
            for (Iterator<MapEntry> i = map.iterator(); i.hasNext(); entries++) {
                MapEntry entry = i.next();
                data += entry.kind() == MapEntry.Kind.DATA ? entry.length() : 0;
            }
        }
        return new Figures(0, entries + " stretches, " + Sizes.human(data) + " of them data");
    }

    private static CreateRequest flat(Tour tour) {
        return tour.image("flat", tour.format(RAW).orElseThrow());
    }

    private static CreateRequest again(Tour tour) throws DiskException {
        return tour.image("again", tour.format());
    }

    private static CreateRequest stream(Tour tour) {
        return tour.image("stream", tour.format(VMDK).orElseThrow()).with(ImageFlag.STREAM_OPTIMIZED);
    }

    private static Figures convert(Tour tour, CreateRequest request) throws IOException {
        long file = tour.convert(request);
        return new Figures(Tour.SIZE, Path.of(request.location()).getFileName() + ", file of " + Sizes.human(file));
    }

    private static Figures compare(Tour tour, CreateRequest request) throws IOException {
        tour.mustEqual(request);
        return new Figures(Tour.SIZE, "identical");
    }

    private static Figures reopen(Tour tour) throws IOException {
        tour.reopen();
        return new Figures(0, tour.disk().layers().size() + " images, parents found by themselves");
    }

    private static Figures merge(Tour tour) throws IOException {
        List<Layer> layers = tour.disk().layers();
        tour.await(tour.disk().merge(layers.get(1), layers.get(0)));
        return new Figures(0, tour.disk().layers().size() + " image of " + fileSize(tour));
    }

    private static Figures check(Tour tour) throws IOException {
        CheckReport report = tour.await(tour.disk().check(tour.disk().last()));
        if (report.errors() > 0) {
            throw new DiskException(
                    ErrorCode.CORRUPT,
                    report.errors() + " errors, the first: "
                            + report.findings().get(0).what());
        }
        return new Figures(0, "no errors, " + report.leaks() + " leaks");
    }

    private static Figures compact(Tour tour) throws IOException {
        String before = fileSize(tour);
        tour.disk().discard(0, Tour.SIZE / 2);
        tour.disk().flush();
        tour.await(tour.disk().compact(tour.disk().last()));
        return new Figures(0, before + " before, " + fileSize(tour) + " after");
    }

    private static Figures resize(Tour tour) throws IOException {
        tour.await(tour.disk().resize(2 * Tour.SIZE));
        return new Figures(0, Sizes.human(tour.disk().size()));
    }

    private static String fileSize(Tour tour) throws IOException {
        return Sizes.human(tour.disk().last().fileSize());
    }
}
