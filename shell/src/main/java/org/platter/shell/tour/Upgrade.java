// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.tour;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.Version;
import org.platter.disk.FormatInfo;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.shell.tour.Step.Figures;

/**
 * Upgrades the bundle of the disk's format while a thread writes, and takes the upgrade back. The newcomer is the same
 * bundle with the next version number, and is not remembered: the product is afterwards as it was.
 */
final class Upgrade {
    private static final int LENGTH = 64 << 10;
    private static final long START = Tour.SIZE - (16L << 20);

    private final Tour tour;
    private final BundleContext context = FrameworkUtil.getBundle(Upgrade.class).getBundleContext();
    private final Bundle old;
    private final Version next;

    private final CountDownLatch writing = new CountDownLatch(1);
    private volatile boolean ended;

    private long longest; // these belong to the writer until it has ended: nanoseconds
    private long writes;
    private IOException failure;

    private Upgrade(Tour tour) throws DiskException {
        this.tour = tour;
        FormatInfo served = tour.disk().last().format();
        old = bundle(served);
        Version now = old.getVersion();
        next = new Version(now.getMajor(), now.getMinor(), now.getMicro() + 1);
    }

    static Figures run(Tour tour) throws IOException {
        return new Upgrade(tour).run();
    }

    private Bundle bundle(FormatInfo format) throws DiskException {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> format.bundle().equals(bundle.getSymbolicName())
                        && format.version().equals(bundle.getVersion().toString()))
                .findFirst()
                .orElseThrow(() -> new DiskException(ErrorCode.NOT_FOUND, "no bundle " + format.bundle()));
    }

    private Figures run() throws IOException {
        Thread writer = new Thread(this::write, "platter-tour");
        writer.start();
        try {
            writing.await();
            swap();
        } catch (BundleException e) {
            throw new DiskException(ErrorCode.IO, "the upgrade failed: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DiskException(ErrorCode.CANCELLED, "the tour was interrupted");
        } finally {
            ended = true;
            join(writer);
        }
        if (failure != null) {
            throw failure;
        }
        String text = String.format(
                Locale.ROOT,
                "to %s and back, none of %d writes failed, the longest took %.1f ms",
                next,
                writes,
                longest / 1e6);
        return new Figures(writes * LENGTH, text);
    }

    /** The newcomer stands beside; the image moves when the bundle that serves it stops, and back likewise. */
    private void swap() throws BundleException, IOException {
        Bundle newcomer = context.installBundle("platter-tour:" + next, new ByteArrayInputStream(newcomer()));
        try {
            newcomer.start(Bundle.START_TRANSIENT);
            old.stop(Bundle.STOP_TRANSIENT);
            mustServe(next);
        } finally {
            old.start(Bundle.START_TRANSIENT);
            newcomer.uninstall();
        }
        mustServe(old.getVersion());
    }

    private void mustServe(Version version) throws DiskException {
        String serves = tour.disk().last().format().version();
        if (!serves.equals(version.toString())) {
            throw new DiskException(ErrorCode.BAD_STATE, "version " + serves + " serves, not " + version);
        }
    }

    private void write() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(LENGTH);
        try {
            for (long offset = START; !ended; offset = next(offset)) {
                Tour.Piece piece = new Tour.Piece(offset, offset / 5 * 2, LENGTH);
                tour.material().read(buffer, piece.position());
                long start = System.nanoTime();
                tour.disk().write(buffer, offset);
                longest = Math.max(longest, System.nanoTime() - start);
                if (START + writes++ * LENGTH < Tour.SIZE) {
                    tour.pieces().add(piece);
                }
                writing.countDown();
            }
        } catch (IOException e) {
            failure = e;
        } finally {
            writing.countDown();
        }
    }

    private static long next(long offset) {
        return offset + LENGTH < Tour.SIZE ? offset + LENGTH : START;
    }

    private static void join(Thread writer) {
        boolean interrupted = false;
        while (writer.isAlive()) {
            try {
                writer.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The bundle that serves, as the next version. */
    private byte[] newcomer() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Manifest manifest = new Manifest(open(old.getEntry(JarFile.MANIFEST_NAME)));
        manifest.getMainAttributes().putValue(Constants.BUNDLE_VERSION, next.toString());
        try (JarOutputStream out = new JarOutputStream(bytes, manifest)) {
            for (URL entry : Collections.list(old.findEntries("/", "*", true))) {
                String name = entry.getPath().substring(1);
                if (!name.endsWith("/") && !name.equals(JarFile.MANIFEST_NAME)) {
                    out.putNextEntry(new JarEntry(name));
                    open(entry).transferTo(out);
                }
            }
        }
        return bytes.toByteArray();
    }

    private static InputStream open(URL entry) throws IOException {
        try (InputStream stream = entry.openStream()) {
            return new ByteArrayInputStream(stream.readAllBytes());
        }
    }
}
