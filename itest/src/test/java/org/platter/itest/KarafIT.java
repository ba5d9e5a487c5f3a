// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** The features in a real Karaf, started from its distribution. */
public class KarafIT {
    @ClassRule
    public static final TemporaryFolder TEMPORARY = new TemporaryFolder();

    private static Karaf karaf;

    @BeforeClass
    public static void installFeatures() throws IOException, InterruptedException {
        assumeTrue("Karaf 4.4 wants the security manager", Runtime.version().feature() < 24);
        karaf = new Karaf(Path.of(System.getProperty("karaf.home")), System.getProperty("karaf.version"));
        Path plugins = Files.createDirectories(TEMPORARY.getRoot().toPath().resolve("plugins"));
        byte[] twin = FormatBundles.twin(
                Files.readAllBytes(FormatBundles.plugin("org.platter.backend.vhd")),
                "org.platter.backend.vhd.VhdBackend",
                "VHD2");
        Files.write(
                plugins.resolve("twin.jar"),
                FormatBundles.changed(twin, headers -> headers.putValue("Bundle-SymbolicName", "test.twin")));
        Files.writeString(karaf.home().resolve("etc/org.platter.install.cfg"), "plugins = " + plugins + "\n");
        karaf.await("feature:list -i", answer -> answer.contains("kar "));
        done("kar:install file:" + System.getProperty("platter.kar"));
        done("feature:install platter-iscsi platter-nbd platter-vhd");
        karaf.await(shown("backends"), answer -> answer.contains("iSCSI") && answer.contains("VHD"));
    }

    private static void done(String line) throws IOException, InterruptedException {
        String answer = karaf.await(line, text -> !text.contains("Command not found"));
        assertFalse(answer, answer.contains("Error"));
    }

    /** {@code bin/client} shows what is printed, but not what a command answers unless something prints that. */
    private static String shown(String line) {
        return "disk:" + line + " | head -n 100";
    }

    private static String disk(String line) throws IOException, InterruptedException {
        return karaf.run(shown(line));
    }

    @AfterClass
    public static void stop() {
        if (karaf != null) {
            karaf.close();
        }
    }

    private static String path(String name) {
        return TEMPORARY.getRoot().toPath().resolve(name).toString();
    }

    @Test
    public void everyBundleIsActive() throws IOException, InterruptedException {
        karaf.await(
                "bundle:list -t 0 --no-format | grep Platter",
                bundles ->
                        bundles.lines().filter(line -> line.contains("Active")).count() == 9);
    }

    /** What others import if they can restarts with them when it arrives. */
    @Test
    public void nothingOfOursMeetsWhatKarafImports() throws IOException, InterruptedException {
        String bundles = karaf.run("bundle:list -t 0 --no-format");
        assertFalse(bundles, bundles.toLowerCase(java.util.Locale.ROOT).contains("jna"));
        assertTrue(karaf.run("feature:list -i"), karaf.run("feature:list -i").contains("scr "));
    }

    @Test
    public void aDiskIsMadeWrittenReadConvertedAndChecked() throws IOException, InterruptedException {
        assertEquals("", disk("create " + path("a.vdi") + " 8M"));
        assertEquals("", disk("write --fill 0x5a --length 64k " + path("a.vdi") + " 1M"));
        String read = disk("read --hex " + path("a.vdi") + " 1048574 4");
        assertTrue(read, read.startsWith("000ffffe  00 00 5a 5a"));
        for (String copy : new String[] {"a.img", "a.vmdk", "a.vhd"}) {
            assertEquals("", disk("convert " + path("a.vdi") + " " + path(copy)));
            assertEquals(copy, "identical", disk("compare " + path("a.vdi") + " " + path(copy)));
        }
        assertEquals("0 errors, 0 leaks", disk("check " + path("a.vdi")));
    }

    /** Installed from a folder that a configuration names, when an image needs it. */
    @Test
    public void aFormatIsFoundWhenItIsNeeded() throws IOException, InterruptedException {
        String created = disk("create " + path("d.vhd2") + " 8M");
        assertFalse(created, created.contains("Error"));
        String info = disk("info -f VHD2 " + path("d.vhd2"));
        assertTrue(info, info.contains("VHD2"));
        String available = disk("available");
        assertTrue(available, available.lines().anyMatch(line -> line.startsWith("VHD2") && line.contains("yes")));
    }

    @Test
    public void aFormatIsStoppedAndStartedUnderAnOpenDisk() throws IOException, InterruptedException {
        disk("create " + path("b.vdi") + " 8M");
        assertEquals("swapped", disk("open -n swapped " + path("b.vdi")));
        assertEquals("", disk("write --fill 1 --length 3M swapped 0"));
        karaf.run("bundle:stop org.platter.backend.vdi");
        String list = disk("list");
        assertTrue(list, list.contains("suspended"));
        karaf.run("bundle:start org.platter.backend.vdi");
        assertEquals("", disk("write --fill 2 --length 1M swapped 2M"));
        String read = disk("read --hex swapped 2097150 4");
        assertTrue(read, read.startsWith("001ffffe  01 01 02 02"));
        assertEquals("0 errors, 0 leaks", disk("check swapped"));
        disk("close swapped");
    }

    @Test
    public void aFileInTheFolderOfConfigurationsDeclaresADisk() throws IOException, InterruptedException {
        disk("create " + path("c.vdi") + " 8M");
        Path declaration = karaf.home().resolve("etc/org.platter.disk-declared.cfg");
        Files.writeString(declaration, "location = " + path("c.vdi") + "\n");
        karaf.await(shown("list"), list -> list.contains("declared"));
        assertEquals("", disk("write --fill 7 --length 512 declared 0"));
        Files.delete(declaration);
        String list = karaf.await(shown("list"), answer -> !answer.contains("declared"));
        assertFalse(list, list.contains("c.vdi"));
        assertTrue(disk("read --hex " + path("c.vdi") + " 0 4").startsWith("00000000  07 07 07 07"));
    }
}
