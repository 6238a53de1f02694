# Fills the directory it runs in with one of everything that a restore must give back. Needs root and ext4.
set -e
mkdir -p etc home/user 'dir with space' deep/a/b/c/d immutable nodump
echo root:x:0 > etc/passwd
head -c 3000000 /dev/urandom > home/user/big
head -c 36000000 /dev/urandom > home/user/huge
ln home/user/big home/user/big2
ln home/user/big etc/big3
ln -s /etc/passwd etc/absolute
ln -s ../nowhere home/relative
ln -s "$(head -c 200 /dev/zero | tr '\0' x)" home/long
mkfifo home/fifo
mknod home/null c 1 3
mknod home/block b 259 65537
perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "home/socket", Listen => 1) or die'
truncate -s 12G home/sparse
printf data | dd of=home/sparse bs=1 seek=5000000000 conv=notrunc status=none
setfattr -n user.foo -v bar etc/passwd
setfattr -n trusted.t -v 1 etc
setfattr -h -n trusted.link -v z etc/absolute
setfattr -n user.long -v "$(head -c 700 /dev/zero | tr '\0' y)" home/user/big
setfacl -m u:1234:rwx,d:g:55:rx home/user
setfacl -m u:77:r etc/passwd
cp /bin/true home/capable
chown 5:6 home/capable
setcap cap_net_raw+ep home/capable
cp /bin/true home/setuid
chown 33:44 home/setuid
chmod 6755 home/setuid
printf x > "$(printf 'home/caf\351-\377\001')"
printf y > "$(printf 'home/new\nline')"
printf z > home/ünïcode
touch -d '1969-12-31 23:00:00.123456789 UTC' home/old
touch -d '2100-01-01 00:00:00.987654321 UTC' home/future
touch -h -d '2001-02-03 04:05:06.789 UTC' etc/absolute
echo i > home/immutable
echo a > home/append
echo l > home/linked-immutable
ln home/linked-immutable etc/linked-immutable2
echo in > immutable/in
chattr +i home/immutable home/linked-immutable immutable
chattr +a home/append
chattr +dA nodump
chmod 1777 'dir with space'
chmod 0 deep/a/b/c
touch -d '2020-01-01 01:01:01.111111111 UTC' home etc deep
