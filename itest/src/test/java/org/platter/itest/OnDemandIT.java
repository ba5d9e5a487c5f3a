// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.util.tracker.ServiceTracker;
import org.platter.disk.CopyRequest;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskManager;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageFlag;
import org.platter.install.Available;
import org.platter.install.Catalogue;
import org.platter.install.DemandListener;
import org.platter.install.FormatInstaller;
import org.platter.install.FormatInstaller.Removal;

/** A format that is not installed is found when it is needed: the product's own, and what a repository offers. */
@RunWith(PaxExam.class)
public class OnDemandIT {
    private static final String VHD = "org.platter.backend.vhd";
    private static final Path PLUGINS = Path.of(System.getProperty("platter.home"), "plugins");

    private static final byte[] DATA =
            "what is in the image".repeat(100).substring(0, 1024).getBytes();

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    @Inject
    private BundleContext context;

    @Inject
    private DiskManager manager;

    @Inject
    private FormatInstaller installer;

    @Inject
    private ConfigurationAdmin configurations;

    private final List<Available> told = new ArrayList<>();
    private ServiceRegistration<DemandListener> listener;
    private Configuration configuration;
    private int marks;

    @Before
    public void listen() throws Exception {
        listener = context.registerService(DemandListener.class, told::add, null);
        configuration = configurations.getConfiguration("org.platter.install", "?");
        restart();
        assertTrue("nobody has installed it before", manager.format("VHD").isEmpty());
    }

    /** A container that has never seen the format: what has left is not started by itself. */
    private void restart() throws Exception {
        Bundle container = FormatBundles.find(context, "org.platter.container");
        container.stop();
        container.start();
        manager = await(DiskManager.class);
        installer = await(FormatInstaller.class);
    }

    private <S> S await(Class<S> type) throws InterruptedException {
        ServiceTracker<S, S> tracker = new ServiceTracker<>(context, type, null);
        tracker.open();
        try {
            return tracker.waitForService(20_000);
        } finally {
            tracker.close();
        }
    }

    @After
    public void putBack() throws Exception {
        listener.unregister();
        configuration.delete();
        for (Bundle bundle : context.getBundles()) {
            if (VHD.equals(bundle.getSymbolicName())
                    || String.valueOf(bundle.getSymbolicName()).startsWith("test.")) {
                bundle.uninstall();
            }
        }
        Path store = store();
        for (String name : List.of("disabled", "quarantine")) {
            Files.deleteIfExists(store.resolve(name));
        }
        restart();
    }

    private Path store() {
        return FormatBundles.find(context, "org.platter.container")
                .getBundleContext()
                .getDataFile("formats")
                .toPath();
    }

    /** Config Admin tells components on a thread of its own; the component shows what it was told. */
    private void configure(Map<String, Object> settings) throws Exception {
        Hashtable<String, Object> marked = new Hashtable<>(settings);
        marked.put("mark", temporary.getRoot() + " " + marks++);
        configuration.update(marked);
        ServiceTracker<?, ?> tracker = new ServiceTracker<>(
                context,
                context.createFilter(
                        "(&(objectClass=org.platter.container.catalogue.Known)(mark=" + marked.get("mark") + "))"),
                null);
        tracker.open(true);
        try {
            for (int i = 0; i < 2_000 && tracker.isEmpty(); i++) {
                Thread.sleep(10);
            }
            assertFalse(tracker.isEmpty());
        } finally {
            tracker.close();
        }
        await(Catalogue.class); // it comes back after what it knows
        manager = await(DiskManager.class);
        installer = await(FormatInstaller.class);
    }

    private void plugins() throws Exception {
        configure(Map.of("plugins", PLUGINS.toString()));
    }

    private void repository(Path index) throws Exception {
        configure(Map.of("repositories", new String[] {index.toUri().toString()}));
    }

    private Path file(String name) {
        return temporary.getRoot().toPath().resolve(name);
    }

    /** A VHD from a time when its format was there. */
    private Path image(String name) throws Exception {
        Bundle bundle = context.installBundle("reference:" + jar().toUri());
        bundle.start();
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(CreateRequest.of(file(name).toUri()).withFormat("VHD").withSize(4 << 20));
            disk.write(ByteBuffer.wrap(DATA), 512);
        }
        bundle.uninstall();
        restart();
        return file(name);
    }

    private static Path jar() {
        return FormatBundles.plugin(VHD);
    }

    private void opens(Path image) throws DiskException {
        try (VirtualDisk disk = manager.newDisk()) {
            disk.openChain(OpenRequest.of(image.toUri()));
            ByteBuffer bytes = ByteBuffer.allocate(DATA.length);
            disk.read(bytes, 512);
            assertEquals(ByteBuffer.wrap(DATA), bytes.flip());
            assertEquals("VHD", disk.last().format().name());
        }
    }

    private DiskException refused(Path image) {
        return assertThrows(DiskException.class, () -> opens(image));
    }

    @Test
    public void anImageIsKnownByItsSignature() throws Exception {
        Path image = image("a.disk");
        plugins();
        opens(image);
        assertEquals(List.of("VHD"), told.stream().map(Available::name).toList());
        opens(image);
        assertEquals("it is there now", 1, told.size());
    }

    @Test
    public void aNewImageIsKnownByItsExtensionOrTheNameOfItsFormat() throws Exception {
        plugins();
        try (VirtualDisk disk = manager.newDisk();
                VirtualDisk copy = manager.newDisk()) {
            disk.create(CreateRequest.of(file("a.vhd").toUri()).withSize(4 << 20));
            assertEquals("VHD", disk.last().format().name());
            disk.copy(
                            disk.last(),
                            CopyRequest.into(
                                    copy, CreateRequest.of(file("b.vpc").toUri())))
                    .join();
            assertEquals("VHD", copy.last().format().name());
        }
    }

    @Test
    public void aFormatIsKnownByName() throws Exception {
        plugins();
        assertEquals("VHD", manager.format("vhd").orElseThrow().name());
        assertTrue(manager.format("NONE").isEmpty());
    }

    /** Opening holds the structure of the disk; nobody may wait for that while the format starts. */
    @Test
    public void itStartsUnderADiskThatIsBeingOpenedBesideOthers() throws Exception {
        Path image = image("a.vhd");
        plugins();
        try (VirtualDisk disk = manager.newDisk();
                VirtualDisk other = manager.newDisk()) {
            other.create(CreateRequest.of(file("o.vdi").toUri()).withSize(1 << 20));
            disk.create(CreateRequest.of(file("base.vdi").toUri()).withSize(4 << 20));
            long start = System.nanoTime();
            disk.create(CreateRequest.of(file("top.vhd").toUri()).with(ImageFlag.DIFF));
            long millis = (System.nanoTime() - start) / 1_000_000;
            assertTrue("half of a swap's timeout was waited: " + millis, millis < 14_000);
            opens(image);
        }
    }

    @Test
    public void aDeclaredDiskFindsItsFormat() throws Exception {
        Path image = image("a.vhd");
        plugins();
        Configuration declared = configurations.getFactoryConfiguration("org.platter.disk", "found", "?");
        declared.update(new Hashtable<>(Map.of("location", image.toString())));
        ServiceTracker<VirtualDisk, VirtualDisk> tracker = new ServiceTracker<>(
                context,
                context.createFilter("(&(objectClass=" + VirtualDisk.class.getName() + ")(platter.disk.name=found))"),
                null);
        tracker.open();
        try {
            assertEquals("VHD", tracker.waitForService(20_000).last().format().name());
        } finally {
            tracker.close();
            declared.delete();
        }
    }

    @Test
    public void whatWasTakenAwayIsNotStartedByItself() throws Exception {
        Path image = image("a.vhd");
        plugins();
        opens(image);
        installer.remove("VHD", Removal.IF_UNUSED);
        DiskException failure = refused(image);
        assertEquals(ErrorCode.NOT_SUPPORTED, failure.code());
        assertTrue(failure.getMessage(), failure.getMessage().endsWith("platter install VHD"));
        restart();
        assertTrue("and not by the next one either", refused(image).getMessage().contains("install VHD"));
        installer.install("VHD");
        opens(image);
    }

    @Test
    public void whatWasStartedStaysOnceItIsInstalled() throws Exception {
        Path image = image("a.vhd");
        plugins();
        opens(image);
        assertEquals("VHD", installer.install("vhd").format());
        try (Stream<Path> kept = Files.list(store())) {
            assertTrue(kept.anyMatch(file -> file.getFileName().toString().startsWith(VHD + "-1.0.0.SNAPSHOT-")));
        }
    }

    @Test
    public void theCatalogueListsWhatThereIs() throws Exception {
        plugins();
        Catalogue catalogue = await(Catalogue.class);
        Available vhd = catalogue.find("VHD").orElseThrow();
        assertEquals(jar().toString(), vhd.source());
        assertFalse(vhd.installed());
        assertEquals(Optional.of(vhd), catalogue.suggest(file("x.VHD").toUri()));
        List<Available> all = catalogue.available();
        assertTrue(all.contains(vhd));
        assertTrue(all.stream().anyMatch(one -> one.name().equals("VDI") && one.installed()));
        assertTrue(all.stream().anyMatch(one -> one.name().equals("file") && one.kind() == Available.Kind.STORAGE));
        assertTrue("looking it up has not started it", told.isEmpty());
    }

    @Test
    public void aStorageIsKnownByItsScheme() throws Exception {
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(CreateRequest.of(file("a.vdi").toUri()).withSize(4 << 20));
        }
        URI place = URI.create("place://" + file("a.vdi"));
        assertTrue(assertThrows(DiskException.class, () -> manager.probe(place))
                .getMessage()
                .contains("place: URIs"));
        Files.createDirectories(file("plugins"));
        Files.write(file("plugins/place.jar"), FormatBundles.place());
        configure(Map.of("plugins", file("plugins").toString()));
        Available found = await(Catalogue.class).find(place).orElseThrow();
        assertEquals(Available.Kind.STORAGE, found.kind());
        try (VirtualDisk disk = manager.newDisk()) {
            disk.openChain(OpenRequest.of(place).with(OpenFlag.READ_ONLY));
            assertEquals(4 << 20, disk.size());
        }
        assertEquals(List.of("place"), told.stream().map(Available::name).toList());
    }

    // --- repositories ---

    private static String digest(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    /** A folder with the product's jar, or another, and its part of the product's index. */
    private Path index(byte[] jar, String digest, String more) throws Exception {
        Files.write(file("format.jar"), jar);
        String index = Files.readString(PLUGINS.resolveSibling("index.xml"));
        int identity = index.indexOf("value=\"" + VHD + "\"");
        int start = index.lastIndexOf("<resource>", identity);
        String resource = index.substring(start, index.indexOf("</resource>", identity) + "</resource>".length())
                .replaceAll("plugins/[^\"]*", "format.jar")
                .replaceAll("name=\"osgi.content\" value=\"[^\"]*\"", "name=\"osgi.content\" value=\"" + digest + "\"");
        return Files.writeString(
                file("index.xml"),
                "<repository xmlns=\"http://www.osgi.org/xmlns/repository/v1.0.0\">" + resource + more
                        + "</repository>");
    }

    @Test
    public void aRepositoryIsUsedAfterPermission() throws Exception {
        Path image = image("a.disk");
        byte[] jar = Files.readAllBytes(jar());
        Path index = index(jar, digest(jar), "");
        repository(index);
        DiskException failure = refused(image);
        assertEquals(ErrorCode.NOT_SUPPORTED, failure.code());
        assertTrue(
                failure.getMessage(),
                failure.getMessage()
                        .endsWith(
                                "the bundle " + VHD + " 1.0.0.SNAPSHOT of " + index + " has it: platter install VHD"));
        try (Catalogue.Permission permission = await(Catalogue.class).allow()) {
            opens(image);
        }
        assertEquals(1, told.size());
    }

    @Test
    public void aConfigurationMayGivePermissionForAll() throws Exception {
        Path image = image("a.vhd");
        byte[] jar = Files.readAllBytes(jar());
        configure(Map.of("install.on.demand", true, "repositories", new String[] {
            index(jar, digest(jar), "").toUri().toString()
        }));
        opens(image);
    }

    @Test
    public void aJarThatIsNotWhatTheIndexSaysNeverRuns() throws Exception {
        byte[] jar = Files.readAllBytes(jar());
        repository(index(FormatBundles.version(jar, "1.0.0.SNAPSHOT"), digest(jar), ""));
        DiskException failure = assertThrows(DiskException.class, () -> installer.install("VHD"));
        assertEquals(failure.getMessage(), ErrorCode.CORRUPT, failure.code());
        assertTrue(manager.format("VHD").isEmpty());
        assertTrue(Arrays.stream(context.getBundles()).noneMatch(bundle -> VHD.equals(bundle.getSymbolicName())));
    }

    private byte[] needy(String filter) throws IOException {
        return FormatBundles.changed(
                Files.readAllBytes(jar()),
                headers -> headers.putValue(
                        "Require-Capability",
                        headers.getValue("Require-Capability") + ",test.need;filter:=\"" + filter + "\""));
    }

    private String library(String name, String version, String type) throws Exception {
        byte[] library = FormatBundles.changed(FormatBundles.jar("org.platter.backend.raw"), headers -> {
            headers.putValue("Bundle-SymbolicName", name);
            headers.putValue("Bundle-Version", version);
            headers.putValue("Provide-Capability", "test.need;level:Long=2");
            headers.remove(new Attributes.Name("Service-Component"));
            headers.remove(new Attributes.Name("Import-Package"));
            headers.remove(new Attributes.Name("Require-Capability"));
        });
        Files.write(file("library.jar"), library);
        return """
                <resource>
                  <capability namespace="osgi.identity">
                    <attribute name="osgi.identity" value="%s"/>
                    <attribute name="type" value="%s"/>
                    <attribute name="version" value="%s" type="Version"/>
                  </capability>
                  <capability namespace="osgi.content">
                    <attribute name="osgi.content" value="%s"/>
                    <attribute name="url" value="library.jar"/>
                  </capability>
                  <capability namespace="test.need">
                    <attribute name="level" value="2" type="Long"/>
                  </capability>
                </resource>
                """.formatted(name, type, version, digest(library));
    }

    @Test
    public void whatAFormatNeedsComesAlong() throws Exception {
        byte[] jar = needy("(level>=2)");
        repository(index(jar, digest(jar), library("test.library", "1.0.0", "osgi.bundle")));
        installer.install("VHD");
        assertEquals(Bundle.ACTIVE, FormatBundles.find(context, "test.library").getState());
        assertEquals("VHD", manager.format("VHD").orElseThrow().name());
    }

    @Test
    public void whatAFileNeedsComesFromRepositories() throws Exception {
        byte[] jar = needy("(level>=2)");
        repository(index(new byte[0], "00", library("test.library", "1.0.0", "osgi.bundle")));
        installer.install(URI.create(Files.write(file("other.jar"), jar).toUri().toString()));
        assertEquals(Bundle.ACTIVE, FormatBundles.find(context, "test.library").getState());
    }

    @Test
    public void whatNobodyOffersIsNamed() throws Exception {
        byte[] jar = needy("(level>=3)");
        repository(index(jar, digest(jar), library("test.library", "1.0.0", "osgi.bundle")));
        DiskException failure = assertThrows(DiskException.class, () -> installer.install("VHD"));
        assertEquals(ErrorCode.NOT_SUPPORTED, failure.code());
        assertTrue(failure.getMessage(), failure.getMessage().contains("test.need"));
        assertTrue(Arrays.stream(context.getBundles()).noneMatch(bundle -> VHD.equals(bundle.getSymbolicName())));
    }

    /** Another version of what is installed, and a part of what is installed, would restart more than the format. */
    @Test
    public void whatWouldRestartOthersIsRefused() throws Exception {
        byte[] jar = needy("(level>=2)");
        for (String more : List.of(
                library("org.platter.api", "1.5.0", "osgi.bundle"),
                library("test.fragment", "1.0.0", "osgi.fragment"))) {
            repository(index(jar, digest(jar), more));
            DiskException failure = assertThrows(DiskException.class, () -> installer.install("VHD"));
            assertEquals(failure.getMessage(), ErrorCode.BAD_STATE, failure.code());
            assertTrue(failure.getMessage(), failure.getMessage().contains("would restart"));
            assertTrue(manager.format("VHD").isEmpty());
            configuration.delete();
            configuration = configurations.getConfiguration("org.platter.install", "?");
            restart();
        }
        assertEquals("nothing is wrong with the format itself", List.of(), installer.quarantine());
    }
}
